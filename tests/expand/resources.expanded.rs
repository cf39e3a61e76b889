use workflows_runtime::prelude::*;
impl Ask {
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    #[allow(
        clippy::borrowed_box,
        clippy::needless_pass_by_value,
        clippy::ptr_arg,
        clippy::trivially_copy_pass_by_ref
    )]
    async fn llm(&self, config: LlmConfig) -> StepResult<Llm> {
        Llm::new(config)
    }
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    #[allow(
        clippy::borrowed_box,
        clippy::needless_pass_by_value,
        clippy::ptr_arg,
        clippy::trivially_copy_pass_by_ref
    )]
    fn session(llm: &Llm) -> Session {
        llm.session()
    }
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    #[allow(
        clippy::borrowed_box,
        clippy::needless_pass_by_value,
        clippy::ptr_arg,
        clippy::trivially_copy_pass_by_ref
    )]
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
#[allow(clippy::all, clippy::pedantic, non_camel_case_types, non_snake_case)]
#[allow(unreachable_patterns, unreachable_code)]
#[allow(private_interfaces, long_running_const_eval)]
const _: () = {
    use ::workflows_runtime::__private::{self as __p, is_not as _, same as _};
    type __Input = __p::carried!(u32);
    type __Output = __p::carried!(u32);
    const __STEPS: [__p::Step; 1usize] = [
        __p::Step {
            name: "ask",
            emits: <__p::returned!(Stop < u32 >) as __p::StepOutput>::SHAPE,
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
            <__p::taken!(Start < u32 >) as __p::StepInput>::PORT,
            1usize,
            false,
            <__p::taken!(Start < u32 >) as __p::StepInput>::LEAF,
            __p::Leaf::twin(
                <__p::taken!(Start < u32 >) as __p::StepInput>::LEAF,
                __p::Same::<Start<u32>, __p::Start<__Input>>::__SAME,
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
        on_ask(__p::taken!(Start < u32 >)),
    }
    __p::takes!(
        Ask, __Event::on_ask, Start < u32 >, { __p::Is:: < Start < u32 > > ::__INPUT }, {
        __GRAPH.rank(0usize) }
    );
    type __This = Ask;
    #[derive(__p::Default)]
    pub struct __Cached {
        llm: __p::Slot<__p::made!(StepResult < Llm >)>,
        __file0: __p::Slot<__p::File>,
        __config0: __p::Slot<__p::read!(Settings)>,
        __config1: __p::Slot<__p::read!(LlmConfig)>,
    }
    #[derive(__p::Default)]
    pub struct __Fresh {
        session: __p::Slot<__p::made!(Session)>,
    }
    impl __Cached {
        async fn llm(
            scope: &__p::Scope<'_, __This, Self>,
        ) -> __p::Result<__p::Arc<__p::made!(StepResult < Llm >)>, __p::ResourceError> {
            let scope = &scope.enter("llm");
            let make = || async move {
                let __r0 = __Cached::__config1(scope).await?;
                let made = <__p::maker!(
                    StepResult < Llm >
                ) as __p::Make<
                    StepResult<Llm>,
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
        ) -> __p::Result<__p::Arc<__p::made!(Session)>, __p::ResourceError> {
            let scope = &scope.enter("session");
            let make = || async move {
                let __r0 = __Cached::llm(scope).await?;
                let made = __p::make_blocking(
                        ::workflows_runtime::__private::Kind::Io,
                        move || <__p::maker!(
                            Session
                        ) as __p::Make<
                            Session,
                        >>::make(__This::session(__Cached::__r0_of_session(&__r0))),
                    )
                    .await;
                scope.made(made)
            };
            scope.fresh().session.get(scope, make).await
        }
        async fn __config0(
            scope: &__p::Scope<'_, __This, Self>,
        ) -> __p::Result<__p::Arc<__p::read!(Settings)>, __p::ResourceError> {
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
        ) -> __p::Result<__p::Arc<__p::read!(LlmConfig)>, __p::ResourceError> {
            scope
                .config(
                    &scope.cached().__config1,
                    &scope.cached().__file0,
                    "llm.json",
                    "prod.llm",
                )
                .await
        }
        fn __r0_of_ask(kept: &__p::made!(Session)) -> &Session {
            let value: &__p::value!(Session) = <__p::Flag<
                { __p::is_made!(Session) },
            > as __p::Lend<__p::value!(Session)>>::lend(kept);
            value
        }
        fn __r1_of_ask(kept: &__p::read!(Settings)) -> &Settings {
            let value: &Settings = <__p::Flag<
                { __p::Is::<Settings>::__CONFIG },
            > as __p::Lend<Settings>>::lend(kept);
            value
        }
        fn __r0_of_llm(kept: &__p::read!(LlmConfig)) -> LlmConfig {
            let value: &LlmConfig = <__p::Flag<
                { __p::Is::<LlmConfig>::__CONFIG },
            > as __p::Lend<LlmConfig>>::lend(kept);
            <__p::Flag<
                { __p::Is::<LlmConfig>::__CLONE },
            > as __p::Copied<LlmConfig>>::copied(value)
        }
        fn __r0_of_session(kept: &__p::made!(StepResult < Llm >)) -> &Llm {
            let value: &__p::value!(StepResult < Llm >) = <__p::Flag<
                { __p::is_made!(StepResult < Llm >) },
            > as __p::Lend<__p::value!(StepResult < Llm >)>>::lend(kept);
            value
        }
    }
    const _: () = <__p::Doubtful<
        __p::value!(StepResult < Llm >),
        { __p::Is::<__p::value!(StepResult < Llm >)>::__SHAREABLE },
    > as __p::Shareable>::IS;
    const _: () = <__p::Doubtful<
        __p::failure!(StepResult < Llm >),
        { __p::Is::<__p::failure!(StepResult < Llm >)>::__FAILURE },
    > as __p::Failing>::IS;
    const _: () = <__p::Doubtful<
        __p::value!(Session),
        { __p::Is::<__p::value!(Session)>::__SHAREABLE },
    > as __p::Shareable>::IS;
    const _: () = <__p::Doubtful<
        __p::failure!(Session),
        { __p::Is::<__p::failure!(Session)>::__FAILURE },
    > as __p::Failing>::IS;
    const _: () = <__p::Doubtful<
        Settings,
        { __p::Is::<Settings>::__CONFIG },
    > as __p::ConfigType>::IS;
    const _: () = <__p::Doubtful<
        LlmConfig,
        { __p::Is::<LlmConfig>::__CONFIG },
    > as __p::ConfigType>::IS;
    const _: () = <__p::Doubtful<
        LlmConfig,
        { __p::Is::<LlmConfig>::__CLONE },
    > as __p::CopiedConfig>::IS;
    #[automatically_derived]
    impl __p::Injected<__This> for __Cached {
        type Fresh = __Fresh;
        fn instances() -> &'static __p::Instances<__This, __p::Arc<Self>> {
            static __RESOURCES: __p::Instances<__This, __p::Arc<__Cached>> = __p::Instances::new();
            &__RESOURCES
        }
        async fn check(check: &__p::Check<'_, __This, Self>) {
            check.note(__Cached::session(&check.scope("ask")).await);
            check.note(__Cached::__config0(&check.scope("ask")).await);
        }
    }
    #[automatically_derived]
    impl __p::Workflow for Ask {
        const NAME: &'static str = "Ask";
        type Input = __Input;
        type Output = __Output;
        type Prompt = __p::Never;
        type Resources = __p::Cache<Self, __Cached>;
        type Event = __Event;
        const TABLE: __p::Table = __GRAPH.table();
        fn slot(event: &__Event) -> u16 {
            match event {
                __Event::on_ask(_) => 0u16,
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
                                        Start<u32>,
                                        Self,
                                    >>::parameter(&mut __events),
                                )
                            };
                            let __running = __p::run(
                                &mut __dispatcher,
                                async {
                                    let __fresh = __p::Default::default();
                                    let __scope = __p::Scope::new(workflow, &__fresh, "ask");
                                    let __r0 = __Cached::session(&__scope).await?;
                                    let __r1 = __Cached::__config0(&__scope).await?;
                                    <__p::Flag<
                                        {
                                            __GRAPH.is_routed(0usize)
                                                && (!__GRAPH.stops_at(0usize)
                                                    || __p::Same::<
                                                        <__p::returned!(Stop < u32 >) as __p::StepOutput>::Ends,
                                                        __p::Present<__Output>,
                                                    >::__SAME)
                                        },
                                    > as __p::Output<
                                        Stop<u32>,
                                        Self,
                                    >>::effects(
                                        __p::send(
                                                Self::ask(
                                                    workflow,
                                                    __Cached::__r0_of_ask(&__r0),
                                                    __Cached::__r1_of_ask(&__r1),
                                                    __e0,
                                                ),
                                            )
                                            .await,
                                    )
                                },
                            );
                            let __p::Option::Some(__outcome) = __running.await else {
                                continue
                            };
                            __p::Dispatcher::set_output(&mut __dispatcher, __outcome)
                        }
                        _ => ::core::unreachable!(),
                    };
                    __p::Dispatcher::complete(&mut __dispatcher, __outcome);
                }
            }
        }
    }
    const _: () = __GRAPH.check_start("Ask");
    const _: () = __GRAPH.check_stop("Ask");
    const _: () = __GRAPH.check_leaf(0usize, "Start<u32>", "Start<u32>");
    const _: () = __GRAPH.check_port(0usize, "Start<u32>");
    const _: () = __GRAPH.check_step(0usize);
    const _: () = __GRAPH
        .check_output(
            0usize,
            <__p::returned!(Stop < u32 >) as __p::StepOutput>::SHAPE,
            "Stop<u32>",
            "Stop<u32>",
            __p::Same::<
                <__p::returned!(Stop < u32 >) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME,
        );
    const _: () = __GRAPH
        .check_whole(
            0usize,
            0 + <__p::returned!(Stop < u32 >) as __p::StepOutput>::SHAPE.events(),
            "Stop<u32>",
            "Stop<u32>",
            __p::Same::<
                <__p::returned!(Stop < u32 >) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME
                || !(true
                    && (!<__p::returned!(Stop < u32 >) as __p::StepOutput>::SHAPE.stops()
                        || __p::Same::<
                            <__p::returned!(Stop < u32 >) as __p::StepOutput>::Ends,
                            __p::Present<__Output>,
                        >::__SAME)),
        );
    const _: () = <__p::Doubtful<
        u32,
        { __p::Is::<Start<u32>>::__INPUT || __p::Is::<u32>::__PAYLOAD },
    > as __p::InStart>::IS;
    const _: () = <__p::Doubtful<
        Start<u32>,
        { __p::Is::<Start<u32>>::__INPUT || !__p::Is::<u32>::__PAYLOAD },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        u32,
        { __p::Is::<Stop<u32>>::__OUTPUT || __p::Is::<u32>::__PAYLOAD },
    > as __p::InStop>::IS;
    const _: () = <__p::Doubtful<
        Stop<u32>,
        { __p::Is::<Stop<u32>>::__OUTPUT || !__p::Is::<u32>::__PAYLOAD },
    > as __p::StepOutput>::IS;
};
::workflows_runtime::__refuse_listed! {
    ["ask", "new"] ::workflows_runtime::__private::refuse_listed(__known_blocking::NAMES,
    __CALLED, "Ask", "#[workflow(known_blocking)]")
}
