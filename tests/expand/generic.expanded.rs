use workflows_runtime::prelude::*;
struct Research<C: LlmClient, const N: usize = 3> {
    client: C,
}
const _: () = {
    use ::workflows_runtime::__private::{self as __p, Fallback as _};
    #[automatically_derived]
    impl<C: LlmClient, const N: usize> __p::Declared for Research<C, N>
    where
        Self: ::core::marker::Send + ::core::marker::Sync + 'static,
    {}
    #[automatically_derived]
    impl<C: LlmClient, const N: usize> __p::Sealed for Research<C, N> {}
    #[automatically_derived]
    impl<C: LlmClient, const N: usize> __p::Settings for Research<C, N>
    where
        Self: ::core::marker::Send + ::core::marker::Sync + 'static,
    {
        type State = ::workflows_runtime::StateMap;
        type Stream = ::workflows_runtime::Never;
        const MAX_RUNS: __p::Option<usize> = __p::Option::Some(2u32 as usize);
        fn instances() -> __p::Option<&'static __p::Instances> {
            static __INSTANCES: __p::Instances = __p::Instances::new();
            __p::Option::Some(&__INSTANCES)
        }
    }
};
#[cfg_attr(
    doc,
    doc = "\nThe graph of this workflow:\n\n```mermaid\nflowchart TD\n    step_ask[\"ask\"]\n    event_Start_String_([\"Start&lt;String&gt;\"])\n    event_Start_String_ --> step_ask\n    event_Query([\"Query\"])\n    step_ask --> event_Query\n    step_answer[\"answer\"]\n    event_Query --> step_answer\n    event_Stop_String_([\"Stop&lt;String&gt;\"])\n    step_answer --> event_Stop_String_\n```"
)]
impl<C: LlmClient, const N: usize> Research<C, N> {
    async fn session(&self) -> Result<C::Session, C::Error> {
        self.client.open().await
    }
    async fn ask(
        &self,
        ctx: &Context<Self, (Query,)>,
        session: &C::Session,
        Start(topic): Start<String>,
    )
    where
        Research<C, N>: ::core::marker::Send + ::core::marker::Sync + 'static,
        C::Error: ::core::convert::Into<::workflows_runtime::StepError>,
        C::Session: ::core::marker::Send + ::core::marker::Sync + 'static,
    {
        if false {
            let __end = ::workflows_runtime::__private::blocking::some_end();
            ::workflows_runtime::__private::blocking::unreached(__end);
            {
                use ::workflows_runtime::__private::blocking::Asked as _;
                ctx.__asked::<
                        ::workflows_runtime::__private::blocking::known::method::send,
                    >()
                    .verdict()
                    .is_allowed_here();
            }
            ::workflows_runtime::__private::blocking::end(__end);
        }
        ctx.send(session.query(topic));
    }
    async fn answer(&self, query: Query) -> Result<Stop<String>, C::Error> {
        self.client.complete(query).await.map(Stop)
    }
}
#[doc(hidden)]
const _: () = {
    use ::workflows_runtime::__private::{self as __p, Fallback as _};
    type __This = __p::Generic;
    type __T0 = String;
    type __T1 = ();
    type __T2 = Context<__p::Generic, (Query,)>;
    type __T3 = Result<Stop<String>, __p::Placeholder>;
    type __T4 = Start<String>;
    type __T5 = Query;
    type __T6 = Stop<String>;
    type __T7 = __p::Placeholder;
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
    type __T2Context = __p::Checked<
        __T2,
        { __p::Implements::<(__T2, __This)>::__CONTEXT },
    >;
    type __T2List = __p::Checked<
        <__p::Accepted<__T2Context> as __p::StepContext<__This>>::Sends,
        {
            __p::Implements::<
                <__p::Accepted<__T2Context> as __p::StepContext<__This>>::Sends,
            >::__LIST
        },
    >;
    type __T3Out = __p::Checked<__T3, { __p::Implements::<__T3>::__OUTPUT }>;
    type __T4In = __p::Checked<__T4, { __p::Implements::<__T4>::__INPUT }>;
    type __T5In = __p::Checked<__T5, { __p::Implements::<__T5>::__INPUT }>;
    type __T5Listed = __p::Checked<__T5, { __p::Implements::<__T5>::__LISTED }>;
    type __T6Out = __p::Checked<__T6, { __p::Implements::<__T6>::__OUTPUT }>;
    type __T7Failure = __p::Checked<__T7, { __p::Implements::<__T7>::__FAILURE }>;
    type __Input = __p::Accepted<__T0Payload>;
    type __Output = __p::Accepted<__T0Payload>;
    type __RunInput = __p::Type<__p::Checked<__T0, { __IS_START }>>;
    type __RunOutput = __p::Type<__p::Checked<__T0, { __IS_STOP }>>;
    const __STEPS: [__p::Step; 2] = [
        __p::Step::new("ask", 1, __p::shape::<__T1Out>())
            .sends(__p::shape::<__T2List>()),
        __p::Step::new("answer", 1, __p::shape::<__T3Out>()),
    ];
    const __INPUTS: [__p::EventInput; 2] = [
        __p::event_input::<__T4In>(0, 0)
            .starts(__p::Same::<__T4, __p::Start<__Input>>::__SAME),
        __p::event_input::<__T5In>(1, 0)
            .starts(__p::Same::<__T5, __p::Start<__Input>>::__SAME),
    ];
    __p::graph!(
        "Research", [2, 2], "Start<String>" => "Stop<String>", [__p::Implements:: <
        (__T1Out, __Output) > ::__ENDS_WITH, __p::Implements:: < (__T3Out, __Output) >
        ::__ENDS_WITH]
    );
    __p::events!(
        __Event { 0 = on_ask(__p::Accepted < __T4In >), 1 = on_answer(__p::Accepted <
        __T5In >) }
    );
    __p::takes!(
        Research < C, N >, __T4, __Event::on_ask(__T4In), { __GRAPH.duplicate_index(0) },
        [< C : LlmClient, const N : usize >] [where Research < C, N > :
        ::core::marker::Send + ::core::marker::Sync + 'static, C::Error :
        ::core::convert::Into < ::workflows_runtime::StepError >, C::Session :
        ::core::marker::Send + ::core::marker::Sync + 'static]
    );
    __p::takes!(
        Research < C, N >, __T5, __Event::on_answer(__T5In), { __GRAPH.duplicate_index(1)
        }, [< C : LlmClient, const N : usize >] [where Research < C, N > :
        ::core::marker::Send + ::core::marker::Sync + 'static, C::Error :
        ::core::convert::Into < ::workflows_runtime::StepError >, C::Session :
        ::core::marker::Send + ::core::marker::Sync + 'static]
    );
    pub struct __Cached<C: LlmClient, const N: usize>
    where
        Research<C, N>: ::core::marker::Send + ::core::marker::Sync + 'static,
        C::Error: ::core::convert::Into<::workflows_runtime::StepError>,
        C::Session: ::core::marker::Send + ::core::marker::Sync + 'static,
    {
        session: __p::Slot<
            __p::Accepted<
                __p::Checked<
                    __p::Value<__p::FactoryOutput<Result<C::Session, C::Error>, true>>,
                    true,
                >,
            >,
        >,
        __of: __p::PhantomData<(fn() -> __p::PhantomData<C>,)>,
    }
    impl<C: LlmClient, const N: usize> __p::Default for __Cached<C, N>
    where
        Research<C, N>: ::core::marker::Send + ::core::marker::Sync + 'static,
        C::Error: ::core::convert::Into<::workflows_runtime::StepError>,
        C::Session: ::core::marker::Send + ::core::marker::Sync + 'static,
    {
        fn default() -> Self {
            Self {
                session: __p::Default::default(),
                __of: __p::PhantomData,
            }
        }
    }
    pub struct __Fresh<C: LlmClient, const N: usize>
    where
        Research<C, N>: ::core::marker::Send + ::core::marker::Sync + 'static,
        C::Error: ::core::convert::Into<::workflows_runtime::StepError>,
        C::Session: ::core::marker::Send + ::core::marker::Sync + 'static,
    {
        __of: __p::PhantomData<(fn() -> __p::PhantomData<C>,)>,
    }
    impl<C: LlmClient, const N: usize> __p::Default for __Fresh<C, N>
    where
        Research<C, N>: ::core::marker::Send + ::core::marker::Sync + 'static,
        C::Error: ::core::convert::Into<::workflows_runtime::StepError>,
        C::Session: ::core::marker::Send + ::core::marker::Sync + 'static,
    {
        fn default() -> Self {
            Self { __of: __p::PhantomData }
        }
    }
    impl<C: LlmClient, const N: usize> __Cached<C, N>
    where
        Research<C, N>: ::core::marker::Send + ::core::marker::Sync + 'static,
        C::Error: ::core::convert::Into<::workflows_runtime::StepError>,
        C::Session: ::core::marker::Send + ::core::marker::Sync + 'static,
    {
        async fn session(
            scope: &__p::Scope<'_, Research<C, N>, Self>,
        ) -> __p::Result<
            __p::Arc<
                __p::Accepted<
                    __p::Checked<
                        __p::Value<
                            __p::FactoryOutput<Result<C::Session, C::Error>, true>,
                        >,
                        true,
                    >,
                >,
            >,
            __p::ResourceError,
        > {
            let scope = &scope.enter("session");
            let make = || async move {
                let made = <__p::Checked<
                    __p::Value<__p::FactoryOutput<Result<C::Session, C::Error>, true>>,
                    true,
                > as __p::MakeValue<
                    __p::FactoryOutput<Result<C::Session, C::Error>, true>,
                >>::make(__p::send(<Research<C, N>>::session(scope.workflow())).await);
                scope.made(made)
            };
            scope.cached().session.get(scope, make).await
        }
        fn __r0_of_ask(
            kept: &__p::Accepted<
                __p::Checked<
                    __p::Value<__p::FactoryOutput<Result<C::Session, C::Error>, true>>,
                    true,
                >,
            >,
        ) -> &C::Session {
            let value: &__p::Type<
                __p::Checked<
                    __p::Value<__p::FactoryOutput<Result<C::Session, C::Error>, true>>,
                    true,
                >,
            > = <__p::Checked<
                __p::Value<__p::FactoryOutput<Result<C::Session, C::Error>, true>>,
                true,
            > as __p::Checkable>::lend(kept);
            value
        }
    }
    #[automatically_derived]
    impl<C: LlmClient, const N: usize> __p::Injected<Research<C, N>> for __Cached<C, N>
    where
        Research<C, N>: ::core::marker::Send + ::core::marker::Sync + 'static,
        C::Error: ::core::convert::Into<::workflows_runtime::StepError>,
        C::Session: ::core::marker::Send + ::core::marker::Sync + 'static,
    {
        type Fresh = __Fresh<C, N>;
        fn instances() -> &'static __p::Instances<__p::SharedSlots> {
            static __RESOURCES: __p::Instances<__p::SharedSlots> = __p::Instances::new();
            &__RESOURCES
        }
        async fn check(check: &__p::Check<'_, Research<C, N>, Self>) {
            check.note(<__Cached<C, N>>::session(&check.scope("ask")).await);
        }
    }
    __p::step_names!(ResearchSteps for __Event { 0 = ask, 1 = answer });
    fn __call0<'workflow, C: LlmClient, const N: usize>(
        workflow: &'workflow __p::Instance<Research<C, N>>,
        __argument0: &'workflow Context<Research<C, N>, (Query,)>,
        __argument1: &'workflow C::Session,
        __argument2: __T4,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send + 'workflow
    where
        Research<C, N>: ::core::marker::Send + ::core::marker::Sync + 'static,
        C::Error: ::core::convert::Into<::workflows_runtime::StepError>,
        C::Session: ::core::marker::Send + ::core::marker::Sync + 'static,
    {
        __p::send(<Research<C, N>>::ask(workflow, __argument0, __argument1, __argument2))
    }
    fn __call1<'workflow, C: LlmClient, const N: usize>(
        workflow: &'workflow __p::Instance<Research<C, N>>,
        __argument0: __T5,
    ) -> impl ::core::future::Future<
        Output = Result<Stop<String>, C::Error>,
    > + ::core::marker::Send + 'workflow
    where
        Research<C, N>: ::core::marker::Send + ::core::marker::Sync + 'static,
        C::Error: ::core::convert::Into<::workflows_runtime::StepError>,
        C::Session: ::core::marker::Send + ::core::marker::Sync + 'static,
    {
        __p::send(<Research<C, N>>::answer(workflow, __argument0))
    }
    #[automatically_derived]
    impl<C: LlmClient, const N: usize> __p::Workflow for Research<C, N>
    where
        Research<C, N>: ::core::marker::Send + ::core::marker::Sync + 'static,
        C::Error: ::core::convert::Into<::workflows_runtime::StepError>,
        C::Session: ::core::marker::Send + ::core::marker::Sync + 'static,
    {
        const NAME: &'static str = "Research";
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
        type Resources = __p::Cache<Self, __Cached<C, N>>;
        type Event = __Event;
        const TABLE: __p::Table = __GRAPH.table();
        const DETAILS: __p::Details = __p::Details::new(
                &[
                    __p::StepDetails::new(
                            "",
                            "async fn ask(&self, ctx: &Context<Self, (Query)>, session: &C::Session, Start(topic): Start<String>)",
                        )
                        .injected(&[("session", __p::InjectedNode::Resource(0))]),
                    __p::StepDetails::new(
                        "",
                        "async fn answer(&self, query: Query) -> Result<Stop<String>, C::Error>",
                    ),
                ],
            )
            .injected(
                &[
                    __p::ResourceDetails {
                        name: "session",
                        ty: "C::Session",
                        docs: "",
                        cached: true,
                        runs_on: __p::RunsOn::Async,
                        injected: &[],
                    },
                ],
                &[],
            );
        __p::dispatch!(
            workflow, __dispatcher, { 0 => { let __context : __p::Checked < Context <
            Research < C, N >, (Query,) >, { __p::Implements:: < (__T2, __This) >
            ::__CONTEXT } >; | __e0 : __T4In | inject { let __fresh =
            __p::Default::default(); let __scope = __p::Scope::new(workflow, & __fresh,
            "ask"); let __r0 = < __Cached < C, N > > ::session(& __scope). await ?; }
            __call0(workflow, & __context, < __Cached < C, N > > ::__r0_of_ask(& __r0),
            __e0) } 1 => { | __e0 : __T5In | __call1(workflow, __e0) } }
        );
    }
    const _: () = __GRAPH.check_start();
    const _: () = __GRAPH.check_stop();
    const _: () = __GRAPH.check_step(0);
    const _: () = {
        fn __check<C: LlmClient, const N: usize>()
        where
            Research<C, N>: ::core::marker::Send + ::core::marker::Sync + 'static,
            C::Error: ::core::convert::Into<::workflows_runtime::StepError>,
            C::Session: ::core::marker::Send + ::core::marker::Sync + 'static,
        {
            <__p::Rejected<
                __p::Checked<
                    Context<Research<C, N>, (Query,)>,
                    { __p::Implements::<(__T2, __This)>::__CONTEXT },
                >,
            > as __p::StepContext<Research<C, N>>>::IS
        }
    };
    const _: () = <__p::IfRejected<
        __T2List,
        __p::Rejected<__T5Listed>,
    > as __p::Listed>::IS;
    const _: () = {
        let () = <__p::IfAccepted<__T5Listed, __p::Rejected<__T2List>> as __p::List>::IS;
        __GRAPH.check_list(0, 0)
    };
    const _: () = <__p::IfRejected<
        __T4In,
        __p::Rejected<__T0Payload>,
    > as __p::InStart>::IS;
    const _: () = {
        let () = <__p::IfAccepted<
            __T0Payload,
            __p::Rejected<__T4In>,
        > as __p::StepInput>::IS;
        __GRAPH.check_input(0, "Start<String>")
    };
    const _: () = {
        let () = <__p::Rejected<__T1Out> as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                0,
                "()",
                __p::Implements::<(__T1Out, __Output)>::__ENDS_WITH,
                &[],
            )
    };
    const _: () = __GRAPH.check_step(1);
    const _: () = {
        let () = <__p::Rejected<__T5In> as __p::StepInput>::IS;
        __GRAPH.check_input(1, "Query")
    };
    const _: () = <__p::IfRejected<
        __T3Out,
        __p::Rejected<__T0Payload>,
    > as __p::InStop>::IS;
    const _: () = __GRAPH
        .check_emitted(
            1,
            __p::shape::<__T6Out>(),
            "Stop<String>",
            __p::Implements::<(__T6Out, __Output)>::__ENDS_WITH,
        );
    const _: () = <__p::IfRejected<
        __T3Out,
        __p::Rejected<__T7Failure>,
    > as __p::Failing>::IS;
    const _: () = {
        let () = <__p::IfAccepted<
            __T7Failure,
            __p::IfAccepted<__T0Payload, __p::Rejected<__T3Out>>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                1,
                "Result<Stop<String>, C::Error>",
                __p::Implements::<(__T3Out, __Output)>::__ENDS_WITH,
                &[
                    (
                        __p::shape::<__T6Out>(),
                        __p::Implements::<(__T6Out, __Output)>::__ENDS_WITH,
                    ),
                ],
            )
    };
};
::workflows_runtime::__refuse_listed! {
    ["map", "query", "send"]
    ::workflows_runtime::__private::refuse_listed(__known_blocking::NAMES, __CALLED,
    "Research", "#[workflow(known_blocking)]")
}
