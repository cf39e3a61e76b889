use workflows_runtime::prelude::*;
#[cfg_attr(
    doc,
    doc = "\nThe graph of this workflow:\n\n```mermaid\nflowchart TD\n    step_ask[\"ask\"]\n    event_Start_u32_([\"Start&lt;u32&gt;\"])\n    event_Start_u32_ --> step_ask\n    event_Stop_u32_([\"Stop&lt;u32&gt;\"])\n    step_ask --> event_Stop_u32_\n```"
)]
impl Ask {
    #[allow(clippy::unused_async)]
    async fn llm(&self, config: LlmConfig) -> StepResult<Llm> {
        Llm::new(config)
    }
    #[allow(
        clippy::unused_self,
        clippy::needless_pass_by_value,
        clippy::trivially_copy_pass_by_ref
    )]
    fn session(llm: &Llm) -> Session {
        llm.session()
    }
    async fn ask(
        &self,
        session: &Session,
        all: &Settings,
        Start(n): Start<u32>,
    ) -> Stop<u32> {
        Stop(session.ask(all, n))
    }
}
#[doc(hidden)]
const _: () = {
    use ::workflows_runtime::__private::{self as __p, Fallback as _};
    const __IS_DECLARED: ::core::primitive::bool = <Ask as __p::Declared>::IS_SHAREABLE;
    type __This = __p::Type<__p::Checked<Ask, { __IS_DECLARED }>>;
    type __T0 = u32;
    type __T1 = Stop<u32>;
    type __T2 = Start<u32>;
    type __T3 = StepResult<Llm>;
    type __T4 = Session;
    type __T5 = Settings;
    type __T6 = LlmConfig;
    type __T7 = Llm;
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
    type __T3Factory = __p::FactoryOutput<__T3, { __p::Implements::<__T3>::__FALLIBLE }>;
    type __T3Value = __p::Checked<
        __p::Value<__T3Factory>,
        {
            __p::Implements::<__p::Value<__T3Factory>>::__SHAREABLE
                && __p::Implements::<__p::Failure<__T3Factory>>::__FAILURE
        },
    >;
    type __T4Factory = __p::FactoryOutput<__T4, { __p::Implements::<__T4>::__FALLIBLE }>;
    type __T4Value = __p::Checked<
        __p::Value<__T4Factory>,
        {
            __p::Implements::<__p::Value<__T4Factory>>::__SHAREABLE
                && __p::Implements::<__p::Failure<__T4Factory>>::__FAILURE
        },
    >;
    type __T5Config = __p::Checked<__T5, { __p::Implements::<__T5>::__CONFIG }>;
    type __T6Config = __p::Checked<__T6, { __p::Implements::<__T6>::__CONFIG }>;
    type __T6Cloned = __p::Checked<__T6, { __p::Implements::<__T6>::__CLONE }>;
    const __IS_LENT0: ::core::primitive::bool = {
        let () = <__p::NotLent<
            __p::Lent<
                __T4,
                {
                    __p::Lends::<__p::Type<__T4Value>, __T4>::__SAME
                        || __p::Lends::<__p::Type<__T4Value>, __T4>::__DEREFERENCES
                        || __p::Lends::<__p::Type<__T4Value>, __T4>::__DEREFERENCES_TWICE
                        || __p::Lends::<__p::Type<__T4Value>, __T4>::__IS_DEEP
                        || !__p::Lends::<__p::Type<__T4Value>, __T4>::__IS_SIZED
                },
            >,
        > as __p::LentBy<__p::Type<__T4Value>>>::IS;
        true
    };
    const __IS_LENT1: ::core::primitive::bool = {
        let () = <__p::NotLent<
            __p::Lent<
                __T7,
                {
                    __p::Lends::<__p::Type<__T3Value>, __T7>::__SAME
                        || __p::Lends::<__p::Type<__T3Value>, __T7>::__DEREFERENCES
                        || __p::Lends::<__p::Type<__T3Value>, __T7>::__DEREFERENCES_TWICE
                        || __p::Lends::<__p::Type<__T3Value>, __T7>::__IS_DEEP
                        || !__p::Lends::<__p::Type<__T3Value>, __T7>::__IS_SIZED
                },
            >,
        > as __p::LentBy<__p::Type<__T3Value>>>::IS;
        true
    };
    type __Input = __p::Accepted<__T0Payload>;
    type __Output = __p::Accepted<__T0Payload>;
    type __RunInput = __p::Type<__p::Checked<__T0, { __IS_START }>>;
    type __RunOutput = __p::Type<__p::Checked<__T0, { __IS_STOP }>>;
    const __STEPS: [__p::Step; 1] = [__p::Step::new("ask", 1, __p::shape::<__T1Out>())];
    const __INPUTS: [__p::EventInput; 1] = [
        __p::event_input::<__T2In>(0, 0)
            .starts(__p::Same::<__T2, __p::Start<__Input>>::__SAME),
    ];
    __p::graph!(
        "Ask" of __This, [1, 1], "Start<u32>" => "Stop<u32>", [__p::Implements:: <
        (__T1Out, __Output) > ::__ENDS_WITH]
    );
    __p::events!(__Event { 0 = on_ask(__p::Accepted < __T2In >) });
    __p::takes!(Ask, __T2, __Event::on_ask(__T2In), { __GRAPH.duplicate_index(0) });
    #[derive(__p::Default)]
    pub struct __Cached {
        llm: __p::Slot<__p::Accepted<__T3Value>>,
        __file0: __p::Slot<__p::File>,
        __config0: __p::Slot<__p::Accepted<__T5Config>>,
        __config1: __p::Slot<__p::Accepted<__T6Config>>,
    }
    #[derive(__p::Default)]
    pub struct __Fresh {
        session: __p::Slot<__p::Accepted<__T4Value>>,
    }
    impl __Cached {
        async fn llm(
            scope: &__p::Scope<'_, __This, Self>,
        ) -> __p::Result<__p::Arc<__p::Accepted<__T3Value>>, __p::ResourceError> {
            let scope = &scope.enter("llm");
            let make = || async move {
                let __r0 = __Cached::__config1(scope).await?;
                let made = <__T3Value as __p::MakeValue<
                    __T3Factory,
                >>::make(
                    __p::send(
                            __This::llm(scope.workflow(), __Cached::__r0_of_llm(&__r0)),
                        )
                        .await,
                );
                scope.made(made)
            };
            scope.cached().llm.get(scope, make).await
        }
        async fn session(
            scope: &__p::Scope<'_, __This, Self>,
        ) -> __p::Result<__p::Arc<__p::Accepted<__T4Value>>, __p::ResourceError> {
            let scope = &scope.enter("session");
            let make = || async move {
                let __r0 = __Cached::llm(scope).await?;
                let made = __p::make_blocking(
                        ::workflows_runtime::__private::Kind::Io,
                        move || <__T4Value as __p::MakeValue<
                            __T4Factory,
                        >>::make(__This::session(__Cached::__r0_of_session(&__r0))),
                    )
                    .await;
                scope.made(made)
            };
            scope.fresh().session.get(scope, make).await
        }
        async fn __config0(
            scope: &__p::Scope<'_, __This, Self>,
        ) -> __p::Result<__p::Arc<__p::Accepted<__T5Config>>, __p::ResourceError> {
            scope
                .config(
                    &scope.cached().__config0,
                    &scope.cached().__file0,
                    "llm.json",
                    "",
                )
                .await
        }
        async fn __config1(
            scope: &__p::Scope<'_, __This, Self>,
        ) -> __p::Result<__p::Arc<__p::Accepted<__T6Config>>, __p::ResourceError> {
            scope
                .config(
                    &scope.cached().__config1,
                    &scope.cached().__file0,
                    "llm.json",
                    "prod.llm",
                )
                .await
        }
        fn __r0_of_ask(
            kept: &__p::Accepted<__T4Value>,
        ) -> &__p::LentType<__p::Lent<__T4, { __IS_LENT0 }>> {
            let value: &__p::Type<__T4Value> = <__T4Value as __p::Checkable>::lend(kept);
            value
        }
        fn __r1_of_ask(kept: &__p::Accepted<__T5Config>) -> &Settings {
            let value: &__p::Type<__T5Config> = <__T5Config as __p::Checkable>::lend(
                kept,
            );
            value
        }
        fn __r0_of_llm(kept: &__p::Accepted<__T6Config>) -> LlmConfig {
            let value: &__p::Type<__T6Config> = <__T6Config as __p::Checkable>::lend(
                kept,
            );
            <__T6Cloned as __p::CloneConfig>::cloned(value)
        }
        fn __r0_of_session(
            kept: &__p::Accepted<__T3Value>,
        ) -> &__p::LentType<__p::Lent<__T7, { __IS_LENT1 }>> {
            let value: &__p::Type<__T3Value> = <__T3Value as __p::Checkable>::lend(kept);
            value
        }
    }
    const __IS_SHAREABLE0: ::core::primitive::bool = {
        let () = <__p::Rejected<
            __p::Checked<
                __p::Value<__T3Factory>,
                { __p::Implements::<__p::Value<__T3Factory>>::__SHAREABLE },
            >,
        > as __p::Shareable>::IS;
        true
    };
    const _: () = <__p::Rejected<
        __p::Checked<
            __p::Failure<__T3Factory>,
            { __p::Implements::<__p::Failure<__T3Factory>>::__FAILURE },
        >,
    > as __p::Failing>::IS;
    const __IS_SHAREABLE1: ::core::primitive::bool = {
        let () = <__p::Rejected<
            __p::Checked<
                __p::Value<__T4Factory>,
                { __p::Implements::<__p::Value<__T4Factory>>::__SHAREABLE },
            >,
        > as __p::Shareable>::IS;
        true
    };
    const _: () = <__p::Rejected<
        __p::Checked<
            __p::Failure<__T4Factory>,
            { __p::Implements::<__p::Failure<__T4Factory>>::__FAILURE },
        >,
    > as __p::Failing>::IS;
    const _: () = <__p::Rejected<__T5Config> as __p::ConfigType>::IS;
    const _: () = <__p::Rejected<__T6Config> as __p::ConfigType>::IS;
    const _: () = <__p::Rejected<__T6Cloned> as __p::CopiedConfig>::IS;
    #[automatically_derived]
    impl __p::Injected<__This> for __Cached {
        type Fresh = __Fresh;
        fn instances() -> &'static __p::Instances<__p::SharedSlots> {
            static __RESOURCES: __p::Instances<__p::SharedSlots> = __p::Instances::new();
            &__RESOURCES
        }
        async fn check(check: &__p::Check<'_, __This, Self>) {
            check.note(__Cached::session(&check.scope("ask")).await);
            check.note(__Cached::__config0(&check.scope("ask")).await);
        }
    }
    __p::step_names!(AskSteps for __Event { 0 = ask });
    fn __call0<'workflow>(
        workflow: &'workflow __p::Instance<__This>,
        __argument0: &'workflow __T4,
        __argument1: &'workflow __T5,
        __argument2: __T2,
    ) -> impl ::core::future::Future<Output = __T1> + ::core::marker::Send + 'workflow {
        __p::send(
            <__p::Type<
                __p::Checked<__This, { __IS_SHAREABLE1 }>,
            >>::ask(workflow, __argument0, __argument1, __argument2),
        )
    }
    #[automatically_derived]
    impl __p::Workflow for Ask
    where
        __This: __p::Settings,
    {
        const NAME: &'static str = "Ask";
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
        type Resources = __p::Cache<Self, __Cached>;
        type Event = __Event;
        const TABLE: __p::Table = __GRAPH.table();
        const DETAILS: __p::Details = __p::Details::new(
                &[
                    __p::StepDetails::new(
                            "",
                            "async fn ask(&self, session: &Session, all: &Settings, Start(n): Start<u32>) -> Stop<u32>",
                        )
                        .injected(
                            &[
                                ("session", __p::InjectedNode::Resource(1)),
                                ("all", __p::InjectedNode::Config(0)),
                            ],
                        ),
                ],
            )
            .injected(
                &[
                    __p::ResourceDetails {
                        name: "llm",
                        ty: "Llm",
                        docs: "",
                        cached: true,
                        runs_on: __p::RunsOn::Async,
                        injected: &[("config", __p::InjectedNode::Config(1))],
                    },
                    __p::ResourceDetails {
                        name: "session",
                        ty: "Session",
                        docs: "",
                        cached: false,
                        runs_on: __p::RunsOn::BlockingIo,
                        injected: &[("llm", __p::InjectedNode::Resource(0))],
                    },
                ],
                &[
                    __p::ConfigDetails {
                        file: "llm.json",
                        select: "",
                        ty: "Settings",
                    },
                    __p::ConfigDetails {
                        file: "llm.json",
                        select: "prod.llm",
                        ty: "LlmConfig",
                    },
                ],
            );
        __p::dispatch!(
            workflow, __dispatcher, { 0 => { | __e0 : __T2In | inject { let __fresh =
            __p::Default::default(); let __scope = __p::Scope::new(workflow, & __fresh,
            "ask"); let __r0 = __Cached::session(& __scope). await ?; let __r1 =
            __Cached::__config0(& __scope). await ?; } __call0(workflow,
            __Cached::__r0_of_ask(& __r0), __Cached::__r1_of_ask(& __r1), __e0) } }
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
        __GRAPH.check_input(0, "Start<u32>")
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
                "Stop<u32>",
                __p::Implements::<(__T1Out, __Output)>::__ENDS_WITH,
                &[],
            )
    };
};
::workflows_runtime::__refuse_listed! {
    ["ask", "new"] ::workflows_runtime::__private::refuse_listed(__known_blocking::NAMES,
    __CALLED, "Ask", "#[workflow(known_blocking)]")
}
