use workflows_runtime::prelude::*;
#[cfg_attr(
    doc,
    doc = "\nThe graph of this workflow:\n\n```mermaid\nflowchart TD\n    step_greet[\"greet\"]\n    event_Start_String_([\"Start&lt;String&gt;\"])\n    event_Start_String_ --> step_greet\n    event_Stop_String_([\"Stop&lt;String&gt;\"])\n    step_greet --> event_Stop_String_\n```"
)]
impl Hello {
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}
#[doc(hidden)]
const _: () = {
    use ::workflows_runtime::__private::{self as __p, Fallback as _};
    const __IS_DECLARED: ::core::primitive::bool = <Hello as __p::Declared>::IS_SHAREABLE;
    type __This = __p::Type<__p::Checked<Hello, { __IS_DECLARED }>>;
    type __T0 = String;
    type __T1 = Stop<String>;
    type __T2 = Start<String>;
    type __T0Payload = __p::Checked<__T0, { __p::Implements::<__T0>::__PAYLOAD }>;
    const __IS_START: ::core::primitive::bool = {
        let () = <__p::Rejected<__T0Payload> as __p::InStart>::IS;
        true
    };
    const __IS_STOP: ::core::primitive::bool = {
        let () = <__p::Rejected<__T0Payload> as __p::InStop>::IS;
        true
    };
    type __T1Out = __p::Checked<__T1, { __p::Implements::<__T1>::__OUTPUT }>;
    type __T2In = __p::Checked<__T2, { __p::Implements::<__T2>::__INPUT }>;
    type __Input = __p::Accepted<__T0Payload>;
    type __Output = __p::Accepted<__T0Payload>;
    type __RunInput = __p::Type<__p::Checked<__T0, { __IS_START }>>;
    type __RunOutput = __p::Type<__p::Checked<__T0, { __IS_STOP }>>;
    const __STEPS: [__p::Step; 1] = [
        __p::Step::new("greet", 1, __p::shape::<__T1Out>())
            .workers(8)
            .timeout(__p::Duration::from_nanos(250000000u64))
            .unchecked_reachable()
            .unchecked_dead_end(),
    ];
    const __INPUTS: [__p::EventInput; 1] = [
        __p::event_input::<__T2In>(0, 0)
            .starts(__p::Same::<__T2, __p::Start<__Input>>::__SAME),
    ];
    __p::graph!(
        "Hello" of __This, [1, 1], "Start<String>" => "Stop<String>", [__p::Implements::
        < (__T1Out, __Output) > ::__ENDS_WITH]
    );
    __p::events!(__Event { 0 = on_greet(__p::Accepted < __T2In >) });
    __p::takes!(Hello, __T2, __Event::on_greet(__T2In), { __GRAPH.duplicate_index(0) });
    __p::step_names!(HelloSteps for __Event { 0 = greet });
    fn __call0<'workflow>(
        workflow: &'workflow __p::Instance<__This>,
        __argument0: __T2,
    ) -> impl ::core::future::Future<Output = __T1> + ::core::marker::Send + 'workflow {
        __p::send(__This::greet(workflow, __argument0))
    }
    #[automatically_derived]
    impl __p::Workflow for Hello
    where
        __This: __p::Settings,
    {
        const NAME: &'static str = "Hello";
        type Input = __RunInput;
        type Output = __RunOutput;
        type HeldOutput = <__RunOutput as __p::Hold<
            { __p::is_large::<__RunOutput>() },
        >>::Held;
        type Prompt = __p::Never;
        type HeldPrompt = <__p::Never as __p::Hold<
            { __p::is_large::<__p::Never>() },
        >>::Held;
        type Steps = <__Event as __p::StepNames>::Steps;
        type Resources = ();
        type Event = __Event;
        const TABLE: __p::Table = __GRAPH.table();
        const DETAILS: __p::Details = __p::Details::new(
            &[
                __p::StepDetails::new(
                    "",
                    "async fn greet(&self, Start(name): Start<String>) -> Stop<String>",
                ),
            ],
        );
        __p::dispatch!(
            workflow, __dispatcher, { 0 => { | __e0 : __T2In | __call0(workflow, __e0) }
            }
        );
    }
    const _: () = __GRAPH.check_start();
    const _: () = __GRAPH.check_stop();
    const _: () = __GRAPH.check_step(0);
    const _: () = <__p::IfRejected<
        __T2In,
        __p::Rejected<__T0Payload>,
    > as __p::InStart>::IS;
    const _: () = {
        let () = <__p::IfAccepted<
            __T0Payload,
            __p::Rejected<__T2In>,
        > as __p::StepInput>::IS;
        __GRAPH.check_input(0, "Start<String>")
    };
    const _: () = <__p::IfRejected<
        __T1Out,
        __p::Rejected<__T0Payload>,
    > as __p::InStop>::IS;
    const _: () = {
        let () = <__p::IfAccepted<
            __T0Payload,
            __p::Rejected<__T1Out>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                0,
                "Stop<String>",
                __p::Implements::<(__T1Out, __Output)>::__ENDS_WITH,
                &[],
            )
    };
};
