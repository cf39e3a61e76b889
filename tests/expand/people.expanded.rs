use workflows_runtime::prelude::*;
#[cfg_attr(
    doc,
    doc = "\nThe graph of this workflow:\n\n```mermaid\nflowchart TD\n    step_ask[\"ask\"]\n    event_Start_String_([\"Start&lt;String&gt;\"])\n    event_Start_String_ --> step_ask\n    event_InputRequired_Draft_([\"InputRequired&lt;Draft&gt;\"])\n    step_ask --> event_InputRequired_Draft_\n    event_InputRequired_String_([\"InputRequired&lt;String&gt;\"])\n    step_ask --> event_InputRequired_String_\n    step_answered[\"answered\"]\n    event_HumanResponse_bool_([\"HumanResponse&lt;bool&gt;\"])\n    event_HumanResponse_bool_ --> step_answered\n    event_Stop_bool_([\"Stop&lt;bool&gt;\"])\n    step_answered --> event_Stop_bool_\n    step_noted[\"noted\"]\n    event_HumanResponse_bool_ --> step_noted\n```"
)]
impl Approval {
    async fn ask(
        &self,
        Start(text): Start<String>,
    ) -> (InputRequired<Draft>, InputRequired<String>) {
        (InputRequired(Draft(text.clone())), InputRequired(text))
    }
    async fn answered(&self, HumanResponse(yes): HumanResponse<bool>) -> Stop<bool> {
        Stop(yes)
    }
    async fn noted(&self, _: HumanResponse<bool>) {}
}
#[doc(hidden)]
const _: () = {
    use ::workflows_runtime::__private::{self as __p, Fallback as _};
    const __IS_DECLARED: ::core::primitive::bool = <Approval as __p::Declared>::IS_SHAREABLE;
    type __This = __p::Type<__p::Checked<Approval, { __IS_DECLARED }>>;
    type __T0 = String;
    type __T1 = bool;
    type __T2 = (InputRequired<Draft>, InputRequired<String>);
    type __T3 = Stop<bool>;
    type __T4 = ();
    type __T5 = Start<String>;
    type __T6 = HumanResponse<bool>;
    type __T7 = Draft;
    type __T8 = InputRequired<Draft>;
    type __T9 = InputRequired<String>;
    type __T0Payload = __p::Checked<__T0, { __p::Implements::<__T0>::__PAYLOAD }>;
    type __T1Payload = __p::Checked<__T1, { __p::Implements::<__T1>::__PAYLOAD }>;
    const __IS_START: ::core::primitive::bool = {
        let () = <__p::Rejected<__T0Payload> as __p::InStart>::IS;
        true
    };
    const __IS_STOP: ::core::primitive::bool = {
        let () = <__p::Rejected<__T1Payload> as __p::InStop>::IS;
        true
    };
    type __T2Out = __p::Checked<__T2, { __p::Implements::<__T2>::__OUTPUT }>;
    type __T3Out = __p::Checked<__T3, { __p::Implements::<__T3>::__OUTPUT }>;
    type __T4Out = __p::Checked<__T4, { __p::Implements::<__T4>::__OUTPUT }>;
    type __T5In = __p::Checked<__T5, { __p::Implements::<__T5>::__INPUT }>;
    type __T6In = __p::Checked<__T6, { __p::Implements::<__T6>::__INPUT }>;
    type __T7Payload = __p::Checked<__T7, { __p::Implements::<__T7>::__PAYLOAD }>;
    type __T8Out = __p::Checked<__T8, { __p::Implements::<__T8>::__OUTPUT }>;
    type __T9Out = __p::Checked<__T9, { __p::Implements::<__T9>::__OUTPUT }>;
    type __Input = __p::Accepted<__T0Payload>;
    type __Output = __p::Accepted<__T1Payload>;
    type __RunInput = __p::Type<__p::Checked<__T0, { __IS_START }>>;
    type __RunOutput = __p::Type<__p::Checked<__T1, { __IS_STOP }>>;
    const __STEPS: [__p::Step; 3] = [
        __p::Step::new("ask", 1, __p::shape::<__T2Out>()),
        __p::Step::new("answered", 1, __p::shape::<__T3Out>()),
        __p::Step::new("noted", 1, __p::shape::<__T4Out>()),
    ];
    const __INPUTS: [__p::EventInput; 3] = [
        __p::event_input::<__T5In>(0, 0)
            .starts(__p::Same::<__T5, __p::Start<__Input>>::__SAME),
        __p::event_input::<__T6In>(1, 0)
            .same_as(&[(0, __p::Same::<__T5, __T6>::__SAME)]),
        __p::event_input::<__T6In>(2, 0)
            .same_as(&[(0, __p::Same::<__T5, __T6>::__SAME), (1, true)]),
    ];
    __p::graph!(
        "Approval" of __This, [3, 3], "Start<String>" => "Stop<bool>", [__p::Implements::
        < (__T2Out, __Output) > ::__ENDS_WITH, __p::Implements:: < (__T3Out, __Output) >
        ::__ENDS_WITH, __p::Implements:: < (__T4Out, __Output) > ::__ENDS_WITH]
    );
    __p::events!(
        __Event { 0 = on_ask(__p::Accepted < __T5In >), 1 = on_answered(__p::Accepted <
        __T6In >), 2 = on_noted(__p::Accepted < __T6In >) }
    );
    __p::takes!(Approval, __T5, __Event::on_ask(__T5In), { __GRAPH.duplicate_index(0) });
    __p::takes!(
        Approval, __T6, __Event::on_answered(__T6In), { __GRAPH.duplicate_index(1) }
    );
    __p::takes!(
        Approval, __T6, __Event::on_noted(__T6In), { __GRAPH.duplicate_index(2) }
    );
    impl __p::Prompts<__T7, 0> for Approval
    where
        __This: __p::Settings,
    {
        fn prompt(prompt: __T7) -> Self::Prompt {
            __p::hold(<__T7Payload as __p::Checkable>::accept(prompt))
        }
    }
    impl __p::Prompts<
        __T0,
        { __p::duplicate_index(1, &[__p::Same::<__T7, __T0>::__SAME]) },
    > for Approval
    where
        __This: __p::Settings,
    {
        fn prompt(prompt: __T0) -> Self::Prompt {
            __p::hold(<__T0Payload as __p::Checkable>::accept(prompt))
        }
    }
    __p::step_names!(ApprovalSteps for __Event { 0 = ask, 1 = answered, 2 = noted });
    fn __call0<'workflow>(
        workflow: &'workflow __p::Instance<__This>,
        __argument0: __T5,
    ) -> impl ::core::future::Future<Output = __T2> + ::core::marker::Send + 'workflow {
        __p::send(__This::ask(workflow, __argument0))
    }
    fn __call1<'workflow>(
        workflow: &'workflow __p::Instance<__This>,
        __argument0: __T6,
    ) -> impl ::core::future::Future<Output = __T3> + ::core::marker::Send + 'workflow {
        __p::send(__This::answered(workflow, __argument0))
    }
    fn __call2<'workflow>(
        workflow: &'workflow __p::Instance<__This>,
        __argument0: __T6,
    ) -> impl ::core::future::Future<Output = __T4> + ::core::marker::Send + 'workflow {
        __p::send(__This::noted(workflow, __argument0))
    }
    #[automatically_derived]
    impl __p::Workflow for Approval
    where
        __This: __p::Settings,
    {
        const NAME: &'static str = "Approval";
        type Input = __RunInput;
        type Output = __RunOutput;
        type HeldOutput = <__RunOutput as __p::Hold<
            { __p::is_large::<__RunOutput>() },
        >>::Held;
        type Prompt = __p::OneOf<__p::Accepted<__T7Payload>, __p::Accepted<__T0Payload>>;
        type HeldPrompt = <__p::OneOf<
            __p::Accepted<__T7Payload>,
            __p::Accepted<__T0Payload>,
        > as __p::Hold<
            {
                __p::is_large::<
                    __p::OneOf<__p::Accepted<__T7Payload>, __p::Accepted<__T0Payload>>,
                >()
            },
        >>::Held;
        type Steps = <__Event as __p::StepNames>::Steps;
        type Resources = ();
        type Event = __Event;
        const TABLE: __p::Table = __GRAPH.table();
        const DETAILS: __p::Details = __p::Details::new(
            &[
                __p::StepDetails::new(
                    "",
                    "async fn ask(&self, Start(text): Start<String>) -> (InputRequired<Draft>, InputRequired<String>)",
                ),
                __p::StepDetails::new(
                    "",
                    "async fn answered(&self, HumanResponse(yes): HumanResponse<bool>) -> Stop<bool>",
                ),
                __p::StepDetails::new(
                    "",
                    "async fn noted(&self, _: HumanResponse<bool>)",
                ),
            ],
        );
        __p::dispatch!(
            workflow, __dispatcher, { 0 => { | __e0 : __T5In | __call0(workflow, __e0) }
            1 => { | __e0 : __T6In | __call1(workflow, __e0) } 2 => { | __e0 : __T6In |
            __call2(workflow, __e0) } }
        );
    }
    const _: () = __GRAPH.check_start();
    const _: () = __GRAPH.check_stop();
    const _: () = __GRAPH.check_step(0);
    const _: () = <__p::IfRejected<
        __T5In,
        __p::Rejected<__T0Payload>,
    > as __p::InStart>::IS;
    const _: () = {
        let () = <__p::IfAccepted<
            __T0Payload,
            __p::Rejected<__T5In>,
        > as __p::StepInput>::IS;
        __GRAPH.check_input(0, "Start<String>")
    };
    const _: () = <__p::IfRejected<
        __T2Out,
        __p::Rejected<__T7Payload>,
    > as __p::InInputRequired>::IS;
    const _: () = __GRAPH
        .check_emitted(
            0,
            __p::shape::<__T8Out>(),
            "InputRequired<Draft>",
            __p::Implements::<(__T8Out, __Output)>::__ENDS_WITH,
        );
    const _: () = <__p::IfRejected<
        __T2Out,
        __p::Rejected<__T0Payload>,
    > as __p::InInputRequired>::IS;
    const _: () = __GRAPH
        .check_emitted(
            0,
            __p::shape::<__T9Out>(),
            "InputRequired<String>",
            __p::Implements::<(__T9Out, __Output)>::__ENDS_WITH,
        );
    const _: () = {
        let () = <__p::IfAccepted<
            __T0Payload,
            __p::IfAccepted<__T7Payload, __p::Rejected<__T2Out>>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                0,
                "(InputRequired<Draft>, InputRequired<String>)",
                __p::Implements::<(__T2Out, __Output)>::__ENDS_WITH,
                &[
                    (
                        __p::shape::<__T8Out>(),
                        __p::Implements::<(__T8Out, __Output)>::__ENDS_WITH,
                    ),
                    (
                        __p::shape::<__T9Out>(),
                        __p::Implements::<(__T9Out, __Output)>::__ENDS_WITH,
                    ),
                ],
            )
    };
    const _: () = __GRAPH.check_step(1);
    const _: () = <__p::IfRejected<
        __T6In,
        __p::Rejected<__T1Payload>,
    > as __p::InHumanResponse>::IS;
    const _: () = {
        let () = <__p::IfAccepted<
            __T1Payload,
            __p::Rejected<__T6In>,
        > as __p::StepInput>::IS;
        __GRAPH.check_input(1, "HumanResponse<bool>")
    };
    const _: () = <__p::IfRejected<
        __T3Out,
        __p::Rejected<__T1Payload>,
    > as __p::InStop>::IS;
    const _: () = {
        let () = <__p::IfAccepted<
            __T1Payload,
            __p::Rejected<__T3Out>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                1,
                "Stop<bool>",
                __p::Implements::<(__T3Out, __Output)>::__ENDS_WITH,
                &[],
            )
    };
    const _: () = __GRAPH.check_step(2);
    const _: () = <__p::IfRejected<
        __T6In,
        __p::Rejected<__T1Payload>,
    > as __p::InHumanResponse>::IS;
    const _: () = {
        let () = <__p::IfAccepted<
            __T1Payload,
            __p::Rejected<__T6In>,
        > as __p::StepInput>::IS;
        __GRAPH.check_input(2, "HumanResponse<bool>")
    };
    const _: () = {
        let () = <__p::Rejected<__T4Out> as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                2,
                "()",
                __p::Implements::<(__T4Out, __Output)>::__ENDS_WITH,
                &[],
            )
    };
};
::workflows_runtime::__refuse_listed! {
    ["clone"] ::workflows_runtime::__private::refuse_listed(__known_blocking::NAMES,
    __CALLED, "Approval", "#[workflow(known_blocking)]")
}
