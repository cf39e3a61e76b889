//! The code of a dispatch, which `#[workflow]` generates as one call of `dispatch!`.
//!
//! An arm per step says with which events, and how, the step is called:
//!
//! ```text
//! 0 => { |__e0: Query| __call0(workflow, __e0) }
//! 1 => { let __context: Context<Self>; |__e0: Page| blocking(Kind::Cpu) Self::embed(&workflow, &__context, __e0) }
//! 2 => { |__e0: Page| inject { let __r0 = client(..).await?; } __call2(workflow, __r0, __e0) }
//! ```
//!
//! The variables are named by the caller, because those that a macro names are not visible in its arguments.

/// Implements `steps`, `start_event` and `dispatch` of `Workflow`. `$incomplete` is what the compiler evaluates when it generates code.
#[doc(hidden)]
#[macro_export]
macro_rules! __dispatch {
    ($workflow:ident, $dispatcher:ident, { $($number:literal => $step:tt)* } $($incomplete:tt)*) => {
        fn steps() -> Self::Steps {
            <__Event as $crate::__private::StepNames>::steps()
        }

        fn start_event(input: __RunInput) -> __Event {
            <__Proof as $crate::__private::StartEvent<Self>>::start_event(input)
        }

        fn dispatch<'a, __D: $crate::__private::Dispatcher<Workflow = Self> + 'a>(
            $workflow: &'a $crate::__private::Instance<Self>,
            mut $dispatcher: __D,
        ) -> impl ::core::future::Future<Output = __D::End> + ::core::marker::Send + 'a {
            $($incomplete)*
            async move {
                loop {
                    let step = match $crate::__private::next(&mut $dispatcher).await {
                        $crate::__private::ControlFlow::Continue(step) => step,
                        $crate::__private::ControlFlow::Break(end) => return end,
                    };
                    let $crate::__private::Option::Some(outcome) = (match step {
                        $($number => $crate::__private::call_step!($workflow, $dispatcher, $step),)*
                        _ => $crate::__private::no_step(),
                    }) else { continue };
                    $crate::__private::Dispatcher::complete(&mut $dispatcher, outcome);
                }
            }
        }
    };
}

/// Calls a step, and hands its output to the engine.
#[doc(hidden)]
#[macro_export]
macro_rules! __call_step {
    ($workflow:ident, $dispatcher:ident, {
        let $context:ident: $made:ty;
        $($call:tt)*
    }) => {{
        let $context = <$made as $crate::__private::MakeContext<Self>>::context(&$dispatcher);
        $crate::__private::call_step!($workflow, $dispatcher, { $($call)* })
    }};
    // In its own process, or here in that process.
    ($workflow:ident, $dispatcher:ident, {
        |$($event:ident: $taken:ty),*| $(inject { $($resources:tt)* })? isolated($isolation:expr) $($here:tt)*
    }) => {
        if let $crate::__private::Option::Some(isolated) =
            $crate::__private::Dispatcher::isolate(&mut $dispatcher, $isolation)
        {
            let future = ::core::pin::pin!($crate::__private::placed(move || isolated));
            $crate::__private::run::<_, _, $crate::__private::StoreOutcome>(&mut $dispatcher, future).await
        } else {
            $crate::__private::call_step!($workflow, $dispatcher, {
                |$($event: $taken),*| $(inject { $($resources)* })? $($here)*
            })
        }
    };
    ($workflow:ident, $dispatcher:ident, {
        |$($event:ident: $taken:ty),*| $(inject { $($resources:tt)* })? in_place $call:expr
    }) => {
        $crate::__private::call_step!(@block $dispatcher, ($($event: $taken),*) {
            $($($resources)*)?
            let $workflow = $crate::__private::share($workflow);
            let work = move || <__Proof as $crate::__private::EmitOutput<_, Self>>::effects($call);
            work()
        })
    };
    ($workflow:ident, $dispatcher:ident, {
        |$($event:ident: $taken:ty),*| $(inject { $($resources:tt)* })? blocking($kind:expr) $call:expr
    }) => {{
        let offload = $crate::__private::Dispatcher::offload(&$dispatcher, $kind);
        $crate::__private::call_step!(@block $dispatcher, ($($event: $taken),*) {
            $($($resources)*)?
            let $workflow = $crate::__private::share($workflow);
            let work = move || <__Proof as $crate::__private::EmitOutput<_, Self>>::effects($call);
            $crate::__private::blocking(offload, work).await
        })
    }};
    ($workflow:ident, $dispatcher:ident, {
        |$($event:ident: $taken:ty),*| inject { $($resources:tt)* } $call:expr
    }) => {
        $crate::__private::call_step!(@block $dispatcher, ($($event: $taken),*) {
            $($resources)*
            <__Proof as $crate::__private::EmitOutput<_, Self>>::effects($call.await)
        })
    };
    // A plain call, without a closure: rustc hashes what it knows of the whole dispatch once for each closure in it.
    ($workflow:ident, $dispatcher:ident, { |$event:ident: $taken:ty| $call:ident($instance:ident, $argument:ident) }) => {{
        let future = ::core::pin::pin!($crate::__private::call::<$taken, __Proof, _, _, _>(
            $crate::__private::Dispatcher::execution(&mut $dispatcher),
            $workflow,
            $call,
        ));
        $crate::__private::run::<_, _, __Proof>(&mut $dispatcher, future).await
    }};
    ($workflow:ident, $dispatcher:ident, {
        |$event:ident: $taken:ty| $call:ident($instance:ident, &$context:ident, $argument:ident)
    }) => {{
        let future = ::core::pin::pin!($crate::__private::call_with_context::<$taken, __Proof, _, _, _, _>(
            $crate::__private::Dispatcher::execution(&mut $dispatcher),
            $workflow,
            &$context,
            $call,
        ));
        $crate::__private::run::<_, _, __Proof>(&mut $dispatcher, future).await
    }};
    ($workflow:ident, $dispatcher:ident, { |$($event:ident: $taken:ty),*| $call:expr }) => {{
        let make = || {
            $crate::__private::take_events!($dispatcher, $($event: $taken),*);
            $call
        };
        let future = ::core::pin::pin!($crate::__private::placed(make));
        $crate::__private::run::<_, _, __Proof>(&mut $dispatcher, future).await
    }};
    // A step that is more than one call: a block that returns the effects.
    (@block $dispatcher:ident, ($($event:ident: $taken:ty),*) { $($work:tt)* }) => {{
        let make = || {
            $crate::__private::take_events!($dispatcher, $($event: $taken),*);
            async move { $($work)* }
        };
        let future = ::core::pin::pin!($crate::__private::placed(make));
        $crate::__private::run::<_, _, $crate::__private::StoreOutcome>(&mut $dispatcher, future).await
    }};
}

/// Takes the events of a step into variables. What is left over is dropped before anything is awaited.
#[doc(hidden)]
#[macro_export]
macro_rules! __take_events {
    // A step without events is refused.
    ($dispatcher:ident,) => {};
    // Not in a tuple, from which a large event would be copied.
    ($dispatcher:ident, $event:ident: $taken:ty) => {
        let $event = <__Proof as $crate::__private::TakeInput<$taken, Self>>::take(
            &mut $crate::__private::Dispatcher::events(&mut $dispatcher),
        );
    };
    ($dispatcher:ident, $($event:ident: $taken:ty),+) => {
        let ($($event,)+) = {
            let mut events = $crate::__private::Dispatcher::events(&mut $dispatcher);
            ($(<__Proof as $crate::__private::TakeInput<$taken, Self>>::take(&mut events),)+)
        };
    };
}
