use workflows_runtime::prelude::*;
#[cfg_attr(
    doc,
    doc = "\nThe graph of this workflow:\n\n```mermaid\nflowchart TD\n    step_plan[\"plan\"]\n    event_Start_String_([\"Start&lt;String&gt;\"])\n    event_Start_String_ --> step_plan\n    event_Query([\"Query\"])\n    step_plan --> event_Query\n    step_all[\"all\"]\n    event_Query --> step_all\n    event_Stop_usize_([\"Stop&lt;usize&gt;\"])\n    step_all --> event_Stop_usize_\n    step_fastest[\"fastest\"]\n    event_Query --> step_fastest\n    event_Limit([\"Limit\"])\n    event_Limit --> step_fastest\n    step_pairs[\"pairs\"]\n    event_Query --> step_pairs\n    step_pairs --> event_Limit\n```"
)]
impl Search {
    async fn plan(&self, Start(text): Start<String>) -> Vec<Query> {
        vec![Query { text }]
    }
    async fn all(&self, queries: Vec<Query>) -> Stop<usize> {
        Stop(queries.len())
    }
    async fn fastest(&self, First([query]): First<Query, 1>, _: Limit) {}
    async fn pairs(&self, [one, other]: [Query; 2]) -> (Limit, Option<Limit>) {
        (Limit, None)
    }
}
#[doc(hidden)]
const _: () = {
    use ::workflows_runtime::__private::{self as __p, Fallback as _};
    const __IS_DECLARED: ::core::primitive::bool = <Search as __p::Declared>::IS_SHAREABLE;
    type __This = __p::Type<__p::Checked<Search, { __IS_DECLARED }>>;
    const __IS_SOUND: ::core::primitive::bool = __p::Implements::<__T7>::__SOUND
        && __p::Implements::<__T9>::__SOUND;
    type __Callee = __p::Type<__p::Checked<__This, { __IS_SOUND }>>;
    type __T0 = String;
    type __T1 = usize;
    type __T2 = Vec<Query>;
    type __T3 = Stop<usize>;
    type __T4 = ();
    type __T5 = (Limit, Option<Limit>);
    type __T6 = Start<String>;
    type __T7 = Query;
    type __T8 = First<Query, 1>;
    type __T9 = Limit;
    type __T10 = [Query; 2];
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
    type __T5Out = __p::Checked<__T5, { __p::Implements::<__T5>::__OUTPUT }>;
    type __T6In = __p::Checked<__T6, { __p::Implements::<__T6>::__INPUT }>;
    type __T7In = __p::Checked<__T7, { __p::Implements::<__T7>::__INPUT }>;
    type __T2In = __p::Checked<__T2, { __p::Implements::<__T2>::__INPUT }>;
    type __T8In = __p::Checked<__T8, { __p::Implements::<__T8>::__INPUT }>;
    type __T9In = __p::Checked<__T9, { __p::Implements::<__T9>::__INPUT }>;
    type __T10In = __p::Checked<__T10, { __p::Implements::<__T10>::__INPUT }>;
    type __T7Out = __p::Checked<__T7, { __p::Implements::<__T7>::__OUTPUT }>;
    type __T9Out = __p::Checked<__T9, { __p::Implements::<__T9>::__OUTPUT }>;
    type __Input = __p::Accepted<__T0Payload>;
    type __Output = __p::Accepted<__T1Payload>;
    type __RunInput = __p::Type<__p::Checked<__T0, { __IS_START }>>;
    type __RunOutput = __p::Type<__p::Checked<__T1, { __IS_STOP }>>;
    const __STEPS: [__p::Step; 4] = [
        __p::Step::new("plan", 1, __p::shape::<__T2Out>()),
        __p::Step::new("all", 1, __p::shape::<__T3Out>()),
        __p::Step::new("fastest", 2, __p::shape::<__T4Out>()),
        __p::Step::new("pairs", 1, __p::shape::<__T5Out>()),
    ];
    const __INPUTS: [__p::EventInput; 5] = [
        __p::event_input::<__T6In>(0, 0)
            .starts(__p::Same::<__T6, __p::Start<__Input>>::__SAME),
        __p::event_input::<__T7In>(1, 0)
            .in_parameter(__p::port::<__T2In>(), 1, true)
            .starts(__p::Same::<__T7, __p::Start<__Input>>::__SAME),
        __p::event_input::<__T7In>(2, 0)
            .in_parameter(__p::port::<__T8In>(), 1, true)
            .starts(__p::Same::<__T7, __p::Start<__Input>>::__SAME)
            .same_as(&[(1, true)]),
        __p::event_input::<__T9In>(2, 1)
            .starts(__p::Same::<__T9, __p::Start<__Input>>::__SAME),
        __p::event_input::<__T7In>(3, 0)
            .in_parameter(__p::port::<__T10In>(), 1, true)
            .starts(__p::Same::<__T7, __p::Start<__Input>>::__SAME)
            .same_as(&[(1, true)]),
    ];
    __p::graph!(
        "Search" of __This, [4, 5], "Start<String>" => "Stop<usize>", [__p::Implements::
        < (__T2Out, __Output) > ::__ENDS_WITH, __p::Implements:: < (__T3Out, __Output) >
        ::__ENDS_WITH, __p::Implements:: < (__T4Out, __Output) > ::__ENDS_WITH,
        __p::Implements:: < (__T5Out, __Output) > ::__ENDS_WITH]
    );
    __p::events!(
        __Event { 0 = on_plan(__p::Accepted < __T6In >), 1 = on_all(__p::Accepted <
        __T7In >), 2 = on_fastest(__p::Accepted < __T7In >), 3 =
        on_fastest__1(__p::Accepted < __T9In >), 4 = on_pairs(__p::Accepted < __T7In >) }
    );
    __p::takes!(Search, __T6, __Event::on_plan(__T6In), { __GRAPH.duplicate_index(0) });
    __p::takes!(Search, __T7, __Event::on_all(__T7In), { __GRAPH.duplicate_index(1) });
    __p::takes!(
        Search, __T7, __Event::on_fastest(__T7In), { __GRAPH.duplicate_index(2) }
    );
    __p::takes!(
        Search, __T9, __Event::on_fastest__1(__T9In), { __GRAPH.duplicate_index(3) }
    );
    __p::takes!(Search, __T7, __Event::on_pairs(__T7In), { __GRAPH.duplicate_index(4) });
    __p::step_names!(
        SearchSteps for __Event { 0 = plan, 1 = all, 2 = fastest, 3 = pairs }
    );
    fn __call0<'workflow>(
        workflow: &'workflow __p::Instance<__This>,
        __argument0: __T6,
    ) -> impl ::core::future::Future<Output = __T2> + ::core::marker::Send + 'workflow {
        __p::send(__Callee::plan(workflow, __argument0))
    }
    fn __call1<'workflow>(
        workflow: &'workflow __p::Instance<__This>,
        __argument0: __T2,
    ) -> impl ::core::future::Future<Output = __T3> + ::core::marker::Send + 'workflow {
        __p::send(__Callee::all(workflow, __argument0))
    }
    fn __call2<'workflow>(
        workflow: &'workflow __p::Instance<__This>,
        __argument0: __T8,
        __argument1: __T9,
    ) -> impl ::core::future::Future<Output = __T4> + ::core::marker::Send + 'workflow {
        __p::send(__Callee::fastest(workflow, __argument0, __argument1))
    }
    fn __call3<'workflow>(
        workflow: &'workflow __p::Instance<__This>,
        __argument0: __T10,
    ) -> impl ::core::future::Future<Output = __T5> + ::core::marker::Send + 'workflow {
        __p::send(__Callee::pairs(workflow, __argument0))
    }
    #[automatically_derived]
    impl __p::Workflow for Search
    where
        __This: __p::Settings,
    {
        const NAME: &'static str = "Search";
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
        type Event = __p::Type<__p::Checked<__Event, { __IS_SOUND }>>;
        const TABLE: __p::Table = __GRAPH.table();
        const DETAILS: __p::Details = __p::Details::new(
            &[
                __p::StepDetails::new(
                    "",
                    "async fn plan(&self, Start(text): Start<String>) -> Vec<Query>",
                ),
                __p::StepDetails::new(
                    "",
                    "async fn all(&self, queries: Vec<Query>) -> Stop<usize>",
                ),
                __p::StepDetails::new(
                    "",
                    "async fn fastest(&self, First([query]): First<Query, 1>, _: Limit)",
                ),
                __p::StepDetails::new(
                    "",
                    "async fn pairs(&self, [one, other]: [Query; 2]) -> (Limit, Option<Limit>)",
                ),
            ],
        );
        __p::dispatch!(
            workflow, __dispatcher, { 0 => { | __e0 : __T6In | __call0(workflow, __e0) }
            1 => { | __e0 : __T2In | __call1(workflow, __e0) } 2 => { | __e0 : __T8In,
            __e1 : __T9In | __call2(workflow, __e0, __e1) } 3 => { | __e0 : __T10In |
            __call3(workflow, __e0) } }
        );
    }
    const _: () = __GRAPH.check_start();
    const _: () = __GRAPH.check_stop();
    const _: () = __GRAPH.check_step(0);
    const _: () = <__p::IfRejected<
        __T6In,
        __p::Rejected<__T0Payload>,
    > as __p::InStart>::IS;
    const _: () = {
        let () = <__p::IfAccepted<
            __T0Payload,
            __p::Rejected<__T6In>,
        > as __p::StepInput>::IS;
        __GRAPH.check_input(0, "Start<String>")
    };
    const _: () = {
        let () = <__p::IfRejected<
            __T2Out,
            __p::Rejected<__T7Out>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_emitted(
                0,
                __p::shape::<__T7Out>(),
                "Query",
                __p::Implements::<(__T7Out, __Output)>::__ENDS_WITH,
            )
    };
    const _: () = {
        let () = <__p::IfAccepted<
            __T7Out,
            __p::Rejected<__T2Out>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                0,
                "Vec<Query>",
                __p::Implements::<(__T2Out, __Output)>::__ENDS_WITH,
                &[
                    (
                        __p::shape::<__T7Out>(),
                        __p::Implements::<(__T7Out, __Output)>::__ENDS_WITH,
                    ),
                ],
            )
    };
    const _: () = __GRAPH.check_step(1);
    const _: () = {
        let () = <__p::IfAccepted<
            __T2Out,
            __p::IfRejected<__T2In, __p::Rejected<__T7In>>,
        > as __p::StepInput>::IS;
        __GRAPH.check_event(1, "Query")
    };
    const _: () = {
        let () = <__p::IfAccepted<__T7In, __p::Rejected<__T2In>> as __p::StepInput>::IS;
        __GRAPH.check_parameter(1, "Vec<Query>")
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
                "Stop<usize>",
                __p::Implements::<(__T3Out, __Output)>::__ENDS_WITH,
                &[],
            )
    };
    const _: () = __GRAPH.check_step(2);
    const _: () = {
        let () = <__p::IfAccepted<
            __T2Out,
            __p::IfRejected<__T8In, __p::Rejected<__T7In>>,
        > as __p::StepInput>::IS;
        __GRAPH.check_event(2, "Query")
    };
    const _: () = {
        let () = <__p::IfAccepted<__T7In, __p::Rejected<__T8In>> as __p::StepInput>::IS;
        __GRAPH.check_parameter(2, "First<Query, 1>")
    };
    const _: () = {
        let () = <__p::Rejected<__T9In> as __p::StepInput>::IS;
        __GRAPH.check_input(3, "Limit")
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
    const _: () = __GRAPH.check_step(3);
    const _: () = {
        let () = <__p::IfAccepted<
            __T2Out,
            __p::IfRejected<__T10In, __p::Rejected<__T7In>>,
        > as __p::StepInput>::IS;
        __GRAPH.check_event(4, "Query")
    };
    const _: () = {
        let () = <__p::IfAccepted<__T7In, __p::Rejected<__T10In>> as __p::StepInput>::IS;
        __GRAPH.check_parameter(4, "[Query; 2]")
    };
    const _: () = {
        let () = <__p::IfAccepted<
            __T9In,
            __p::IfRejected<__T5Out, __p::Rejected<__T9Out>>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_emitted(
                3,
                __p::shape::<__T9Out>(),
                "Limit",
                __p::Implements::<(__T9Out, __Output)>::__ENDS_WITH,
            )
    };
    const _: () = {
        let () = <__p::IfAccepted<
            __T9In,
            __p::IfRejected<__T5Out, __p::Rejected<__T9Out>>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_emitted(
                3,
                __p::shape::<__T9Out>(),
                "Limit",
                __p::Implements::<(__T9Out, __Output)>::__ENDS_WITH,
            )
    };
    const _: () = {
        let () = <__p::IfAccepted<
            __T9Out,
            __p::IfAccepted<__T9Out, __p::Rejected<__T5Out>>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                3,
                "(Limit, Option<Limit>)",
                __p::Implements::<(__T5Out, __Output)>::__ENDS_WITH,
                &[
                    (
                        __p::shape::<__T9Out>(),
                        __p::Implements::<(__T9Out, __Output)>::__ENDS_WITH,
                    ),
                    (
                        __p::shape::<__T9Out>(),
                        __p::Implements::<(__T9Out, __Output)>::__ENDS_WITH,
                    ),
                ],
            )
    };
};
::workflows_runtime::__refuse_listed! {
    ["len"] ::workflows_runtime::__private::refuse_listed(__known_blocking::NAMES,
    __CALLED, "Search", "#[workflow(known_blocking)]")
}
