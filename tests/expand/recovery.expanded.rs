#[cfg_attr(
    doc,
    doc = "\nThe graph of this workflow:\n\n```mermaid\nflowchart TD\n    step_write[\"write\"]\n    event_Start_String_([\"Start&lt;String&gt;\"])\n    event_Start_String_ --> step_write\n    event_Draft([\"Draft\"])\n    step_write --> event_Draft\n    step_check[\"check\"]\n    event_Draft --> step_check\n    event_Stop_String_([\"Stop&lt;String&gt;\"])\n    step_check --> event_Stop_String_\n    event_InputRequired_Ask_([\"InputRequired&lt;Ask&gt;\"])\n    step_check --> event_InputRequired_Ask_\n    step_check --> event_Draft\n    step_another[\"another\"]\n    event_StepFailed([\"StepFailed\"])\n    event_StepFailed --> step_another\n    step_another --> event_Draft\n    step_no_draft[\"no_draft\"]\n    event_StepFailed --> step_no_draft\n    step_no_draft --> event_Stop_String_\n```"
)]
impl Publish {
    const PATIENT: Retry = Retry::fixed(Duration::from_secs(1));
    async fn write(&self, Start(topic): Start<String>) -> StepResult<Draft> {
        Ok(Draft(topic))
    }
    async fn check(
        &self,
        ctx: &Context<Self, (InputRequired<Ask>, HumanResponse<Approval>, Draft)>,
        draft: Draft,
    ) -> StepResult<Stop<String>> {
        Ok(Stop(draft.0))
    }
    async fn another(&self, failed: StepFailed) -> Draft {
        Draft(failed.step)
    }
    async fn no_draft(&self, ctx: &Context<Self>, failed: StepFailed) -> Stop<String> {
        Stop(failed.step)
    }
}
#[doc(hidden)]
const _: () = {
    use ::workflows_runtime::__private::{self as __p, Fallback as _};
    const __IS_DECLARED: ::core::primitive::bool = <Publish as __p::Declared>::IS_SHAREABLE;
    type __This = __p::Type<__p::Checked<Publish, { __IS_DECLARED }>>;
    const __IS_SOUND: ::core::primitive::bool = __p::Implements::<__T4>::__SOUND;
    type __Callee = __p::Type<__p::Checked<__This, { __IS_SOUND }>>;
    type __T0 = String;
    type __T1 = StepResult<Draft>;
    type __T2 = StepResult<Stop<String>>;
    type __T3 = Context<Publish, (InputRequired<Ask>, HumanResponse<Approval>, Draft)>;
    type __T4 = Draft;
    type __T5 = Stop<String>;
    type __T6 = Context<Publish>;
    type __T7 = Start<String>;
    type __T8 = HumanResponse<Approval>;
    type __T9 = StepFailed;
    type __T10 = Ask;
    type __T11 = (InputRequired<Ask>, HumanResponse<Approval>, Draft);
    type __T12 = Approval;
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
    type __T2Out = __p::Checked<__T2, { __p::Implements::<__T2>::__OUTPUT }>;
    type __T3Context = __p::Checked<
        __T3,
        { __p::Implements::<(__T3, __This)>::__CONTEXT },
    >;
    type __T3List = __p::Checked<
        <__p::Accepted<__T3Context> as __p::StepContext<__This>>::Sends,
        {
            __p::Implements::<
                <__p::Accepted<__T3Context> as __p::StepContext<__This>>::Sends,
            >::__LIST
        },
    >;
    type __T4Out = __p::Checked<__T4, { __p::Implements::<__T4>::__OUTPUT }>;
    type __T5Out = __p::Checked<__T5, { __p::Implements::<__T5>::__OUTPUT }>;
    type __T6Context = __p::Checked<
        __T6,
        { __p::Implements::<(__T6, __This)>::__CONTEXT },
    >;
    type __T6List = __p::Checked<
        <__p::Accepted<__T6Context> as __p::StepContext<__This>>::Sends,
        {
            __p::Implements::<
                <__p::Accepted<__T6Context> as __p::StepContext<__This>>::Sends,
            >::__LIST
        },
    >;
    type __T7In = __p::Checked<__T7, { __p::Implements::<__T7>::__INPUT }>;
    type __T4In = __p::Checked<__T4, { __p::Implements::<__T4>::__INPUT }>;
    type __T8In = __p::Checked<__T8, { __p::Implements::<__T8>::__INPUT }>;
    type __T9In = __p::Checked<__T9, { __p::Implements::<__T9>::__INPUT }>;
    type __T10Payload = __p::Checked<__T10, { __p::Implements::<__T10>::__PAYLOAD }>;
    type __T12Payload = __p::Checked<__T12, { __p::Implements::<__T12>::__PAYLOAD }>;
    type __T4Listed = __p::Checked<__T4, { __p::Implements::<__T4>::__LISTED }>;
    type __Input = __p::Accepted<__T0Payload>;
    type __Output = __p::Accepted<__T0Payload>;
    type __RunInput = __p::Type<__p::Checked<__T0, { __IS_START }>>;
    type __RunOutput = __p::Type<__p::Checked<__T0, { __IS_STOP }>>;
    const __STEPS: [__p::Step; 4] = [
        __p::Step::new("write", 1, __p::shape::<__T1Out>()).workers(2).retries(),
        __p::Step::new("check", 1, __p::shape::<__T2Out>())
            .sends(__p::shape::<__T3List>()),
        __p::Step::new("another", 1, __p::shape::<__T4Out>())
            .workers(1)
            .timeout(__p::Duration::from_nanos(1000000000u64))
            .retries()
            .catches(&["write"], 2),
        __p::Step::new("no_draft", 1, __p::shape::<__T5Out>())
            .sends(__p::shape::<__T6List>())
            .workers(1)
            .catches_all(1),
    ];
    const __INPUTS: [__p::EventInput; 5] = [
        __p::event_input::<__T7In>(0, 0)
            .starts(__p::Same::<__T7, __p::Start<__Input>>::__SAME),
        __p::event_input::<__T4In>(1, 0)
            .starts(__p::Same::<__T4, __p::Start<__Input>>::__SAME),
        __p::event_input::<__T8In>(1, __p::EventInput::WAIT)
            .same_as(
                &[
                    (0, __p::Same::<__T7, __T8>::__SAME),
                    (1, __p::Same::<__T4, __T8>::__SAME),
                ],
            ),
        __p::failed_input::<__T9In>(2, 0),
        __p::failed_input::<__T9In>(3, 0),
    ];
    __p::graph!(
        "Publish" of __This, [4, 5], "Start<String>" => "Stop<String>",
        [__p::Implements:: < (__T1Out, __Output) > ::__ENDS_WITH, __p::Implements:: <
        (__T2Out, __Output) > ::__ENDS_WITH, __p::Implements:: < (__T4Out, __Output) >
        ::__ENDS_WITH, __p::Implements:: < (__T5Out, __Output) > ::__ENDS_WITH]
    );
    __p::events!(
        __Event { 0 = on_write(__p::Accepted < __T7In >), 1 = on_check(__p::Accepted <
        __T4In >), 2 = on_check__1(__p::Accepted < __T8In >), 3 = on_another(__p::Box <
        __p::StepFailed >), 4 = on_no_draft(__p::Box < __p::StepFailed >) }
    );
    __p::takes!(
        Publish, __T7, __Event::on_write(__T7In), { __GRAPH.duplicate_index(0) }
    );
    __p::takes!(
        Publish, __T4, __Event::on_check(__T4In), { __GRAPH.duplicate_index(1) }
    );
    __p::takes!(
        Publish, __T8, __Event::on_check__1(__T8In), { __GRAPH.duplicate_index(2) }
    );
    impl __p::Prompts<__T10, 0> for Publish
    where
        __This: __p::Settings,
    {
        fn prompt(prompt: __T10) -> Self::Prompt {
            __p::hold(<__T10Payload as __p::Checkable>::accept(prompt))
        }
    }
    impl __p::Awaits<__T11, __T12, 0> for Publish
    where
        __This: __p::Settings,
    {
        type Response = __p::Taken;
        const SLOT: u16 = __GRAPH.slot(2);
    }
    impl __p::Asks<__T11, __T10, 0> for Publish
    where
        __This: __p::Settings,
    {
        fn asked(prompt: __T10) -> Self::Prompt {
            __p::hold(<__T10Payload as __p::Checkable>::accept(prompt))
        }
    }
    __p::step_names!(
        PublishSteps for __Event { 0 = write, 1 = check, 2 = another, 3 = no_draft }
    );
    fn __call0<'workflow>(
        workflow: &'workflow __p::Instance<__This>,
        __argument0: __T7,
    ) -> impl ::core::future::Future<Output = __T1> + ::core::marker::Send + 'workflow {
        __p::send(__Callee::write(workflow, __argument0))
    }
    fn __call1<'workflow>(
        workflow: &'workflow __p::Instance<__This>,
        __argument0: &'workflow __T3,
        __argument1: __T4,
    ) -> impl ::core::future::Future<Output = __T2> + ::core::marker::Send + 'workflow {
        __p::send(__Callee::check(workflow, __argument0, __argument1))
    }
    fn __call2<'workflow>(
        workflow: &'workflow __p::Instance<__This>,
        __argument0: __T9,
    ) -> impl ::core::future::Future<Output = __T4> + ::core::marker::Send + 'workflow {
        __p::send(__Callee::another(workflow, __argument0))
    }
    fn __call3<'workflow>(
        workflow: &'workflow __p::Instance<__This>,
        __argument0: &'workflow __T6,
        __argument1: __T9,
    ) -> impl ::core::future::Future<Output = __T5> + ::core::marker::Send + 'workflow {
        __p::send(__Callee::no_draft(workflow, __argument0, __argument1))
    }
    #[automatically_derived]
    impl __p::Workflow for Publish
    where
        __This: __p::Settings,
    {
        const NAME: &'static str = "Publish";
        type Input = __RunInput;
        type Output = __RunOutput;
        type HeldOutput = <__RunOutput as __p::Hold<
            { __p::is_large::<__RunOutput>() },
        >>::Held;
        type Prompt = __p::Accepted<__T10Payload>;
        type HeldPrompt = <__p::Accepted<
            __T10Payload,
        > as __p::Hold<{ __p::is_large::<__p::Accepted<__T10Payload>>() }>>::Held;
        type Steps = <__Event as __p::StepNames>::Steps;
        type Resources = ();
        type Event = __p::Type<__p::Checked<__Event, { __IS_SOUND }>>;
        const TABLE: __p::Table = __GRAPH.table();
        const DETAILS: __p::Details = __p::Details::new(
            &[
                __p::StepDetails::new(
                        "",
                        "async fn write(&self, Start(topic): Start<String>) -> StepResult<Draft>",
                    )
                    .retry("Self::PATIENT"),
                __p::StepDetails::new(
                    "",
                    "async fn check(&self, ctx: &Context<Self, (InputRequired<Ask>, HumanResponse<Approval>, Draft)>, draft: Draft) -> StepResult<Stop<String>>",
                ),
                __p::StepDetails::new(
                        "",
                        "async fn another(&self, failed: StepFailed) -> Draft",
                    )
                    .retry("Retry::linear(n).when(|e|a<b)"),
                __p::StepDetails::new(
                    "",
                    "async fn no_draft(&self, ctx: &Context<Self>, failed: StepFailed) -> Stop<String>",
                ),
            ],
        );
        fn retry(
            __step: u16,
            __failure: &__p::FailedAttempt<'_>,
        ) -> __p::Option<__p::Duration> {
            match __step {
                0 => __p::retry(&(Self::PATIENT), __failure),
                2 => __p::retry(&(Retry::linear(n).when(|e| a < b)), __failure),
                _ => __p::Option::None,
            }
        }
        fn failure(
            handler: u16,
            failed: __p::Box<__p::StepFailed>,
        ) -> __p::Option<__Event> {
            __p::Option::Some(
                match handler {
                    2 => __Event::on_another(failed),
                    3 => __Event::on_no_draft(failed),
                    _ => return __p::Option::None,
                },
            )
        }
        fn is_failed(event: &__Event) -> ::core::primitive::bool {
            ::core::matches!(event, __Event::on_another(_) | __Event::on_no_draft(_))
        }
        fn failed(event: __Event) -> __p::Box<__p::StepFailed> {
            match event {
                __Event::on_another(failed) | __Event::on_no_draft(failed) => failed,
                other => __p::unreachable_event(other),
            }
        }
        __p::dispatch!(
            workflow, __dispatcher, { 0 => { | __e0 : __T7In | __call0(workflow, __e0) }
            1 => { let __context : __T3Context; | __e0 : __T4In | __call1(workflow, &
            __context, __e0) } 2 => { | __e0 : __T9In | __call2(workflow, __e0) } 3 => {
            let __context : __T6Context; | __e0 : __T9In | __call3(workflow, & __context,
            __e0) } }
        );
    }
    const _: () = __GRAPH.check_start();
    const _: () = __GRAPH.check_stop();
    const _: () = __GRAPH.check_step(0);
    const _: () = <__p::IfRejected<
        __T7In,
        __p::Rejected<__T0Payload>,
    > as __p::InStart>::IS;
    const _: () = {
        let () = <__p::IfAccepted<
            __T0Payload,
            __p::Rejected<__T7In>,
        > as __p::StepInput>::IS;
        __GRAPH.check_input(0, "Start<String>")
    };
    const _: () = {
        let () = <__p::IfRejected<
            __T1Out,
            __p::Rejected<__T4Out>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_emitted(
                0,
                __p::shape::<__T4Out>(),
                "Draft",
                __p::Implements::<(__T4Out, __Output)>::__ENDS_WITH,
            )
    };
    const _: () = {
        let () = <__p::IfAccepted<
            __T4Out,
            __p::Rejected<__T1Out>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                0,
                "StepResult<Draft>",
                __p::Implements::<(__T1Out, __Output)>::__ENDS_WITH,
                &[
                    (
                        __p::shape::<__T4Out>(),
                        __p::Implements::<(__T4Out, __Output)>::__ENDS_WITH,
                    ),
                ],
            )
    };
    const _: () = __GRAPH.check_step(1);
    const _: () = <__p::Rejected<__T3Context> as __p::StepContext<__This>>::IS;
    const _: () = <__p::IfRejected<
        __T3List,
        __p::Rejected<__T10Payload>,
    > as __p::InInputRequired>::IS;
    const _: () = <__p::IfRejected<
        __T3List,
        __p::Rejected<__T12Payload>,
    > as __p::InHumanResponse>::IS;
    const _: () = <__p::IfRejected<
        __T3List,
        __p::Rejected<__T4Listed>,
    > as __p::Listed>::IS;
    const _: () = {
        let () = <__p::IfAccepted<
            __T4Listed,
            __p::IfAccepted<
                __T12Payload,
                __p::IfAccepted<__T10Payload, __p::Rejected<__T3List>>,
            >,
        > as __p::List>::IS;
        __GRAPH.check_list(1, 2)
    };
    const _: () = {
        let () = <__p::IfAccepted<__T1Out, __p::Rejected<__T4In>> as __p::StepInput>::IS;
        __GRAPH.check_input(1, "Draft")
    };
    const _: () = __GRAPH.check_event(2, "HumanResponse<Approval>");
    const _: () = <__p::IfRejected<
        __T2Out,
        __p::Rejected<__T0Payload>,
    > as __p::InStop>::IS;
    const _: () = __GRAPH
        .check_emitted(
            1,
            __p::shape::<__T5Out>(),
            "Stop<String>",
            __p::Implements::<(__T5Out, __Output)>::__ENDS_WITH,
        );
    const _: () = {
        let () = <__p::IfAccepted<
            __T0Payload,
            __p::Rejected<__T2Out>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                1,
                "StepResult<Stop<String>>",
                __p::Implements::<(__T2Out, __Output)>::__ENDS_WITH,
                &[
                    (
                        __p::shape::<__T5Out>(),
                        __p::Implements::<(__T5Out, __Output)>::__ENDS_WITH,
                    ),
                ],
            )
    };
    const _: () = __GRAPH.check_step(2);
    const _: () = __GRAPH.check_input(3, "StepFailed");
    const _: () = {
        let () = <__p::IfAccepted<
            __T1Out,
            __p::Rejected<__T4Out>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                2,
                "Draft",
                __p::Implements::<(__T4Out, __Output)>::__ENDS_WITH,
                &[],
            )
    };
    const _: () = __GRAPH.check_step(3);
    const _: () = <__p::Rejected<__T6Context> as __p::StepContext<__This>>::IS;
    const _: () = {
        let () = <__p::Rejected<__T6List> as __p::List>::IS;
        __GRAPH.check_list(3, 0)
    };
    const _: () = __GRAPH.check_input(4, "StepFailed");
    const _: () = <__p::IfRejected<
        __T5Out,
        __p::Rejected<__T0Payload>,
    > as __p::InStop>::IS;
    const _: () = {
        let () = <__p::IfAccepted<
            __T0Payload,
            __p::Rejected<__T5Out>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                3,
                "Stop<String>",
                __p::Implements::<(__T5Out, __Output)>::__ENDS_WITH,
                &[],
            )
    };
};
