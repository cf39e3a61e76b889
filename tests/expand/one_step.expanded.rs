use workflows_runtime::prelude::*;
struct Hello;
#[automatically_derived]
impl ::workflows_runtime::__private::Sealed for Hello {}
#[automatically_derived]
impl ::workflows_runtime::__private::Settings for Hello {
    type State = ::workflows_runtime::StateMap;
    type Stream = ::workflows_runtime::Never;
    const TIMEOUT: ::workflows_runtime::__private::Option<
        ::workflows_runtime::__private::Duration,
    > = ::workflows_runtime::__private::Option::None;
    const MAX_RUNS: ::workflows_runtime::__private::Option<usize> = ::workflows_runtime::__private::Option::None;
}
const _: () = ::workflows_runtime::__private::assert_workflow::<Hello>();
impl Hello {
    /// Greets.
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}
#[doc(hidden)]
#[allow(clippy::all, clippy::pedantic, non_camel_case_types, non_snake_case)]
#[allow(unreachable_patterns, unreachable_code)]
#[allow(private_interfaces, long_running_const_eval)]
const _: () = {
    use ::workflows_runtime::__private::{self as __p, is_not as _, same as _};
    type __Input = __p::carried!(String);
    type __Output = __p::carried!(String);
    const __STEPS: [__p::Step; 1usize] = [
        __p::Step {
            name: "greet",
            emits: <__p::returned!(Stop < String >) as __p::StepOutput>::SHAPE,
            sends: <() as __p::StepOutput>::SHAPE,
            ports: 1u16,
            workers: 4u32,
            timeout: ::workflows_runtime::__private::Option::None,
            retries: false,
            catches: __p::Option::None,
            unchecked_reachable: false,
            unchecked_dead_end: false,
        },
    ];
    const __LEAVES: [__p::Leaf; 1usize] = [
        __p::Leaf::new(
            0u16,
            0u16,
            <__p::taken!(Start < String >) as __p::StepInput>::PORT,
            1usize,
            false,
            <__p::taken!(Start < String >) as __p::StepInput>::LEAF,
            __p::Leaf::twin(
                <__p::taken!(Start < String >) as __p::StepInput>::LEAF,
                __p::Same::<Start<String>, __p::Start<__Input>>::__SAME,
                &[],
                0u16,
            ),
        ),
    ];
    const __GRAPH: &__p::Graph<
        1usize,
        1usize,
        { __p::count_edges(&__STEPS) },
        { __p::count_openers(&__STEPS) },
    > = &__p::Graph::new(__STEPS, __LEAVES);
    #[derive(::core::clone::Clone, __p::serde::Serialize, __p::serde::Deserialize)]
    #[serde(crate = "::workflows_runtime::__private::serde", bound = "")]
    pub enum __Event {
        on_greet(__p::taken!(Start < String >)),
    }
    __p::takes!(
        Hello, __Event::on_greet, Start < String >, { __p::Is:: < Start < String > >
        ::__INPUT }, { __GRAPH.rank(0usize) }
    );
    #[automatically_derived]
    impl __p::Workflow for Hello {
        const NAME: &'static str = "Hello";
        type Input = __Input;
        type Output = __Output;
        type Prompt = __p::Never;
        type Resources = ();
        type Event = __Event;
        const TABLE: __p::Table = __GRAPH.table();
        fn slot(event: &__Event) -> u16 {
            match event {
                __Event::on_greet(_) => 0u16,
            }
        }
        fn start(input: __Input) -> __Event {
            <__p::Flag<{ __GRAPH.begins() }> as __p::Begin<Self>>::begin(input)
        }
        fn dispatch<'a, __L: __p::Dispatcher<Workflow = Self> + 'a>(
            workflow: &'a __p::Instance<Self>,
            mut __dispatcher: __L,
        ) -> impl ::core::future::Future<Output = __L::End> + ::core::marker::Send + 'a {
            async move {
                loop {
                    let __step = match __p::next(&mut __dispatcher).await {
                        __p::ControlFlow::Continue(__step) => __step,
                        __p::ControlFlow::Break(__end) => return __end,
                    };
                    let __outcome = match __step {
                        0u16 => {
                            let (__e0,) = {
                                let mut __events = __p::Dispatcher::events(
                                    &mut __dispatcher,
                                );
                                (
                                    <__p::Flag<
                                        { __GRAPH.is_given(0usize) },
                                    > as __p::Input<
                                        Start<String>,
                                        Self,
                                    >>::parameter(&mut __events),
                                )
                            };
                            let __p::Option::Some(__output) = __p::run(
                                    &mut __dispatcher,
                                    __p::send(Self::greet(workflow, __e0)),
                                )
                                .await else { continue };
                            <__p::Flag<
                                {
                                    __GRAPH.is_routed(0usize)
                                        && (!__GRAPH.stops_at(0usize)
                                            || __p::Same::<
                                                <__p::returned!(Stop < String >) as __p::StepOutput>::Ends,
                                                __p::Present<__Output>,
                                            >::__SAME)
                                },
                            > as __p::Output<
                                Stop<String>,
                                Self,
                            >>::emit(
                                __output,
                                __p::Dispatcher::effects(&mut __dispatcher),
                            )
                        }
                        _ => ::core::unreachable!(),
                    };
                    __p::Dispatcher::complete(&mut __dispatcher, __outcome);
                }
            }
        }
    }
    const _: () = __GRAPH.check_start("Hello");
    const _: () = __GRAPH.check_stop("Hello");
    const _: () = __GRAPH.check_leaf(0usize, "Start<String>", "Start<String>");
    const _: () = __GRAPH.check_port(0usize, "Start<String>");
    const _: () = __GRAPH.check_step(0usize);
    const _: () = __GRAPH
        .check_output(
            0usize,
            <__p::returned!(Stop < String >) as __p::StepOutput>::SHAPE,
            "Stop<String>",
            "Stop<String>",
            __p::Same::<
                <__p::returned!(Stop < String >) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME,
        );
    const _: () = __GRAPH
        .check_whole(
            0usize,
            0 + <__p::returned!(Stop < String >) as __p::StepOutput>::SHAPE.events(),
            "Stop<String>",
            "Stop<String>",
            __p::Same::<
                <__p::returned!(Stop < String >) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME
                || !(true
                    && (!<__p::returned!(Stop < String >) as __p::StepOutput>::SHAPE
                        .stops()
                        || __p::Same::<
                            <__p::returned!(Stop < String >) as __p::StepOutput>::Ends,
                            __p::Present<__Output>,
                        >::__SAME)),
        );
    const _: () = <__p::Doubtful<
        String,
        { __p::Is::<Start<String>>::__INPUT || __p::Is::<String>::__PAYLOAD },
    > as __p::InStart>::IS;
    const _: () = <__p::Doubtful<
        Start<String>,
        { __p::Is::<Start<String>>::__INPUT || !__p::Is::<String>::__PAYLOAD },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        String,
        { __p::Is::<Stop<String>>::__OUTPUT || __p::Is::<String>::__PAYLOAD },
    > as __p::InStop>::IS;
    const _: () = <__p::Doubtful<
        Stop<String>,
        { __p::Is::<Stop<String>>::__OUTPUT || !__p::Is::<String>::__PAYLOAD },
    > as __p::StepOutput>::IS;
};
