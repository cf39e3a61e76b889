use workflows_runtime::prelude::*;
type Begin = Start<String>;
type Ask = InputRequired<String>;
type End = Stop<usize>;
#[cfg_attr(
    doc,
    doc = "\nThe graph of this workflow:\n\n```mermaid\nflowchart TD\n    step_begin[\"begin\"]\n    event_Begin([\"Begin\"])\n    event_Begin --> step_begin\n    event_Ask([\"Ask\"])\n    step_begin --> event_Ask\n    step_end[\"end\"]\n    event_HumanResponse_String_([\"HumanResponse&lt;String&gt;\"])\n    event_HumanResponse_String_ --> step_end\n    event_End([\"End\"])\n    step_end --> event_End\n```"
)]
impl Aliases {
    async fn begin(&self, Start(text): Begin) -> Result<Ask> {
        Ok(InputRequired(text))
    }
    async fn end(&self, HumanResponse(answer): HumanResponse<String>) -> End {
        Stop(answer.len())
    }
}
#[doc(hidden)]
const _: () = {
    use ::workflows_runtime::__private::{self as __p, Fallback as _};
    const __IS_DECLARED: ::core::primitive::bool = <Aliases as __p::Declared>::IS_SHAREABLE;
    type __This = __p::Type<__p::Checked<Aliases, { __IS_DECLARED }>>;
    const __IS_SOUND: ::core::primitive::bool = __p::Implements::<__T0>::__SOUND;
    type __Callee = __p::Type<__p::Checked<__This, { __IS_SOUND }>>;
    type __T0 = Begin;
    type __T1 = HumanResponse<String>;
    type __T2 = Ask;
    type __T3 = End;
    type __T4 = Result<Ask>;
    type __T5 = String;
    type __T0In = __p::Checked<__T0, { __p::Implements::<__T0>::__INPUT }>;
    type __T1In = __p::Checked<__T1, { __p::Implements::<__T1>::__INPUT }>;
    type __T2Out = __p::Checked<__T2, { __p::Implements::<__T2>::__OUTPUT }>;
    type __T3Out = __p::Checked<__T3, { __p::Implements::<__T3>::__OUTPUT }>;
    type __T4Out = __p::Checked<__T4, { __p::Implements::<__T4>::__OUTPUT }>;
    type __T5Payload = __p::Checked<__T5, { __p::Implements::<__T5>::__PAYLOAD }>;
    type __Input = <<<__p::Absent as __p::Role>::Or<
        <__p::Accepted<__T0In> as __p::StepInput>::Begins,
    > as __p::Role>::Or<
        <__p::Accepted<__T1In> as __p::StepInput>::Begins,
    > as __p::Role>::Type;
    type __Output = <<<<__p::Absent as __p::Role>::Or<
        <__p::Accepted<__T2Out> as __p::StepOutput>::Ends,
    > as __p::Role>::Or<
        <__p::Accepted<__T3Out> as __p::StepOutput>::Ends,
    > as __p::Role>::Or<
        <__p::Accepted<__T4Out> as __p::StepOutput>::Ends,
    > as __p::Role>::Type;
    type __RunInput = __Input;
    type __RunOutput = __Output;
    const __STEPS: [__p::Step; 2] = [
        __p::Step::new("begin", 1, __p::shape::<__T4Out>()),
        __p::Step::new("end", 1, __p::shape::<__T3Out>()),
    ];
    const __INPUTS: [__p::EventInput; 2] = [
        __p::event_input::<__T0In>(0, 0)
            .starts(__p::Same::<__T0, __p::Start<__Input>>::__SAME),
        __p::event_input::<__T1In>(1, 0).same_as(&[(0, __p::Same::<__T0, __T1>::__SAME)]),
    ];
    __p::graph!(
        "Aliases" of __This, [2, 2], "" => "", [__p::Implements:: < (__T4Out, __Output) >
        ::__ENDS_WITH, __p::Implements:: < (__T3Out, __Output) > ::__ENDS_WITH]
    );
    __p::events!(
        __Event { 0 = on_begin(__p::Accepted < __T0In >), 1 = on_end(__p::Accepted <
        __T1In >) }
    );
    __p::takes!(
        Aliases, __T0, __Event::on_begin(__T0In), { __GRAPH.duplicate_index(0) }
    );
    __p::takes!(Aliases, __T1, __Event::on_end(__T1In), { __GRAPH.duplicate_index(1) });
    impl __p::Prompts<
        <<<__p::Absent as __p::Role>::Or<
            <__p::Accepted<__T2Out> as __p::StepOutput>::Asks,
        > as __p::Role>::Or<
            <__p::Accepted<__T3Out> as __p::StepOutput>::Asks,
        > as __p::Role>::Type,
        0,
    > for Aliases
    where
        __This: __p::Settings,
    {
        fn prompt(prompt: Self::Prompt) -> Self::Prompt {
            prompt
        }
    }
    __p::step_names!(AliasesSteps for __Event { 0 = begin, 1 = end });
    fn __call0<'workflow>(
        workflow: &'workflow __p::Instance<__This>,
        __argument0: __T0,
    ) -> impl ::core::future::Future<Output = __T4> + ::core::marker::Send + 'workflow {
        __p::send(__Callee::begin(workflow, __argument0))
    }
    fn __call1<'workflow>(
        workflow: &'workflow __p::Instance<__This>,
        __argument0: __T1,
    ) -> impl ::core::future::Future<Output = __T3> + ::core::marker::Send + 'workflow {
        __p::send(__Callee::end(workflow, __argument0))
    }
    #[automatically_derived]
    impl __p::Workflow for Aliases
    where
        __This: __p::Settings,
    {
        const NAME: &'static str = "Aliases";
        type Input = __RunInput;
        type Output = __RunOutput;
        type HeldOutput = <__RunOutput as __p::Hold<
            { __p::is_large::<__RunOutput>() },
        >>::Held;
        type Prompt = <<<__p::Absent as __p::Role>::Or<
            <__p::Accepted<__T2Out> as __p::StepOutput>::Asks,
        > as __p::Role>::Or<
            <__p::Accepted<__T3Out> as __p::StepOutput>::Asks,
        > as __p::Role>::Type;
        type HeldPrompt = <<<<__p::Absent as __p::Role>::Or<
            <__p::Accepted<__T2Out> as __p::StepOutput>::Asks,
        > as __p::Role>::Or<
            <__p::Accepted<__T3Out> as __p::StepOutput>::Asks,
        > as __p::Role>::Type as __p::Hold<
            {
                __p::is_large::<
                    <<<__p::Absent as __p::Role>::Or<
                        <__p::Accepted<__T2Out> as __p::StepOutput>::Asks,
                    > as __p::Role>::Or<
                        <__p::Accepted<__T3Out> as __p::StepOutput>::Asks,
                    > as __p::Role>::Type,
                >()
            },
        >>::Held;
        type Steps = <__Event as __p::StepNames>::Steps;
        type Resources = ();
        type Event = __p::Type<__p::Checked<__Event, { __IS_SOUND }>>;
        const TABLE: __p::Table = __GRAPH.table();
        const DETAILS: __p::Details = __p::Details::new(
            &[
                __p::StepDetails::new(
                    "",
                    "async fn begin(&self, Start(text): Begin) -> Result<Ask>",
                ),
                __p::StepDetails::new(
                    "",
                    "async fn end(&self, HumanResponse(answer): HumanResponse<String>) -> End",
                ),
            ],
        );
        __p::dispatch!(
            workflow, __dispatcher, { 0 => { | __e0 : __T0In | __call0(workflow, __e0) }
            1 => { | __e0 : __T1In | __call1(workflow, __e0) } }
        );
    }
    const _: () = __GRAPH.check_start();
    const _: () = __GRAPH.check_stop();
    const _: () = __GRAPH.check_step(0);
    const _: () = {
        let () = <__p::Rejected<__T0In> as __p::StepInput>::IS;
        __GRAPH.check_input(0, "Begin")
    };
    const _: () = {
        let () = <__p::IfRejected<
            __T4Out,
            __p::Rejected<__T2Out>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_emitted(
                0,
                __p::shape::<__T2Out>(),
                "Ask",
                __p::Implements::<(__T2Out, __Output)>::__ENDS_WITH,
            )
    };
    const _: () = {
        let () = <__p::IfAccepted<
            __T2Out,
            __p::Rejected<__T4Out>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                0,
                "Result<Ask>",
                __p::Implements::<(__T4Out, __Output)>::__ENDS_WITH,
                &[
                    (
                        __p::shape::<__T2Out>(),
                        __p::Implements::<(__T2Out, __Output)>::__ENDS_WITH,
                    ),
                ],
            )
    };
    const _: () = __GRAPH.check_step(1);
    const _: () = <__p::IfRejected<
        __T1In,
        __p::Rejected<__T5Payload>,
    > as __p::InHumanResponse>::IS;
    const _: () = {
        let () = <__p::IfAccepted<
            __T5Payload,
            __p::Rejected<__T1In>,
        > as __p::StepInput>::IS;
        __GRAPH.check_input(1, "HumanResponse<String>")
    };
    const _: () = {
        let () = <__p::Rejected<__T3Out> as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                1,
                "End",
                __p::Implements::<(__T3Out, __Output)>::__ENDS_WITH,
                &[],
            )
    };
};
::workflows_runtime::__refuse_listed! {
    ["len"] ::workflows_runtime::__private::refuse_listed(__known_blocking::NAMES,
    __CALLED, "Aliases", "#[workflow(known_blocking)]")
}
