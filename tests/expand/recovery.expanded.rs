impl Publish {
    const PATIENT: Retry = Retry::fixed(Duration::from_secs(1));
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    async fn write(&self, Start(topic): Start<String>) -> StepResult<Draft> {
        Ok(Draft(topic))
    }
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    async fn check(
        &self,
        ctx: &Context<Self, (InputRequired<Ask>, HumanResponse<Approval>, Draft)>,
        draft: Draft,
    ) -> StepResult<Stop<String>> {
        Ok(Stop(draft.0))
    }
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    async fn another(&self, failed: StepFailed) -> Draft {
        Draft(failed.step)
    }
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    async fn no_draft(&self, ctx: &Context<Self>, failed: StepFailed) -> Stop<String> {
        Stop(failed.step)
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
    const __STEPS: [__p::Step; 4usize] = [
        __p::Step {
            name: "write",
            emits: <__p::returned!(StepResult < Draft >) as __p::StepOutput>::SHAPE,
            sends: <() as __p::StepOutput>::SHAPE,
            ports: 1u16,
            workers: 2u32,
            timeout: ::workflows_runtime::__private::Option::None,
            retries: true,
            catches: __p::Option::None,
            unchecked_reachable: false,
            unchecked_dead_end: false,
        },
        __p::Step {
            name: "check",
            emits: <__p::returned!(
                StepResult < Stop < String > >
            ) as __p::StepOutput>::SHAPE,
            sends: <__p::Known<
                <__p::Known<
                    Context<
                        Publish,
                        (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                    >,
                    {
                        __p::Is::<
                            (
                                Context<
                                    Publish,
                                    (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                                >,
                                Publish,
                            ),
                        >::__CONTEXT
                    },
                > as __p::StepContext<Publish>>::Sends,
                {
                    __p::Is::<
                        <__p::Known<
                            Context<
                                Publish,
                                (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                            >,
                            {
                                __p::Is::<
                                    (
                                        Context<
                                            Publish,
                                            (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                                        >,
                                        Publish,
                                    ),
                                >::__CONTEXT
                            },
                        > as __p::StepContext<Publish>>::Sends,
                    >::__LIST
                },
            > as __p::StepOutput>::SHAPE,
            ports: 1u16,
            workers: 4u32,
            timeout: ::workflows_runtime::__private::Option::None,
            retries: false,
            catches: __p::Option::None,
            unchecked_reachable: false,
            unchecked_dead_end: false,
        },
        __p::Step {
            name: "another",
            emits: <__p::returned!(Draft) as __p::StepOutput>::SHAPE,
            sends: <() as __p::StepOutput>::SHAPE,
            ports: 1u16,
            workers: 1u32,
            timeout: ::workflows_runtime::__private::Option::Some(
                ::workflows_runtime::__private::Duration::from_nanos(1000000000u64),
            ),
            retries: true,
            catches: __p::Option::Some(__p::Catches {
                steps: __p::Option::Some(&["write"]),
                max_recoveries: 2u32,
            }),
            unchecked_reachable: false,
            unchecked_dead_end: false,
        },
        __p::Step {
            name: "no_draft",
            emits: <__p::returned!(Stop < String >) as __p::StepOutput>::SHAPE,
            sends: <__p::Known<
                <__p::Known<
                    Context<Publish>,
                    { __p::Is::<(Context<Publish>, Publish)>::__CONTEXT },
                > as __p::StepContext<Publish>>::Sends,
                {
                    __p::Is::<
                        <__p::Known<
                            Context<Publish>,
                            { __p::Is::<(Context<Publish>, Publish)>::__CONTEXT },
                        > as __p::StepContext<Publish>>::Sends,
                    >::__LIST
                },
            > as __p::StepOutput>::SHAPE,
            ports: 1u16,
            workers: 1u32,
            timeout: ::workflows_runtime::__private::Option::None,
            retries: false,
            catches: __p::Option::Some(__p::Catches {
                steps: __p::Option::None,
                max_recoveries: 1u32,
            }),
            unchecked_reachable: false,
            unchecked_dead_end: false,
        },
    ];
    const __LEAVES: [__p::Leaf; 5usize] = [
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
        __p::Leaf::new(
            1u16,
            0u16,
            <__p::taken!(Draft) as __p::StepInput>::PORT,
            1usize,
            false,
            <__p::taken!(Draft) as __p::StepInput>::LEAF,
            __p::Leaf::twin(
                <__p::taken!(Draft) as __p::StepInput>::LEAF,
                __p::Same::<Draft, __p::Start<__Input>>::__SAME,
                &[],
                1u16,
            ),
        ),
        __p::Leaf::new(
            1u16,
            __p::Leaf::WAIT,
            <__p::taken!(HumanResponse < Approval >) as __p::StepInput>::PORT,
            1usize,
            false,
            <__p::taken!(HumanResponse < Approval >) as __p::StepInput>::LEAF,
            __p::Leaf::twin(
                <__p::taken!(HumanResponse < Approval >) as __p::StepInput>::LEAF,
                __p::Same::<HumanResponse<Approval>, __p::Start<__Input>>::__SAME,
                &[
                    (0u16, __p::Same::<Start<String>, HumanResponse<Approval>>::__SAME),
                    (1u16, __p::Same::<Draft, HumanResponse<Approval>>::__SAME),
                ],
                2u16,
            ),
        ),
        __p::Leaf::caught(
            2u16,
            0u16,
            <__p::taken!(StepFailed) as __p::StepInput>::PORT,
            <__p::taken!(StepFailed) as __p::StepInput>::LEAF,
            3u16,
        ),
        __p::Leaf::caught(
            3u16,
            0u16,
            <__p::taken!(StepFailed) as __p::StepInput>::PORT,
            <__p::taken!(StepFailed) as __p::StepInput>::LEAF,
            4u16,
        ),
    ];
    const __GRAPH: &__p::Graph<
        4usize,
        5usize,
        { __p::count_edges(&__STEPS) },
        { __p::count_openers(&__STEPS) },
    > = &__p::Graph::new(__STEPS, __LEAVES);
    #[derive(::core::clone::Clone, __p::serde::Serialize, __p::serde::Deserialize)]
    #[serde(crate = "::workflows_runtime::__private::serde", bound = "")]
    pub enum __Event {
        on_write(__p::taken!(Start < String >)),
        on_check(__p::taken!(Draft)),
        on_check__1(__p::taken!(HumanResponse < Approval >)),
        on_another(__p::Box<__p::StepFailed>),
        on_no_draft(__p::Box<__p::StepFailed>),
    }
    __p::takes!(
        Publish, __Event::on_write, Start < String >, { __p::Is:: < Start < String > >
        ::__INPUT }, { __GRAPH.rank(0usize) }
    );
    __p::takes!(
        Publish, __Event::on_check, Draft, { __p::Is:: < Draft > ::__INPUT }, { __GRAPH
        .rank(1usize) }
    );
    __p::takes!(
        Publish, __Event::on_check__1, HumanResponse < Approval >, { __p::Is:: <
        HumanResponse < Approval > > ::__INPUT }, { __GRAPH.rank(2usize) }
    );
    impl __p::Prompts<Ask, { if false { 0usize } else { 0 } }> for Publish {
        fn prompt(prompt: Ask) -> Self::Prompt {
            __p::hold(
                <__p::Flag<
                    { __p::Is::<Ask>::__PAYLOAD },
                > as __p::Carry<Ask>>::carry(prompt),
            )
        }
    }
    impl __p::Awaits<
        (InputRequired<Ask>, HumanResponse<Approval>, Draft),
        Approval,
        { if false { 0usize } else { 0 } },
    > for Publish {
        const SLOT: u16 = __GRAPH.slot(2usize);
    }
    impl __p::Asks<
        (InputRequired<Ask>, HumanResponse<Approval>, Draft),
        Ask,
        { if false { 0usize } else { 0 } },
    > for Publish {
        fn asked(prompt: Ask) -> Self::Prompt {
            __p::hold(
                <__p::Flag<
                    { __p::Is::<Ask>::__PAYLOAD },
                > as __p::Carry<Ask>>::carry(prompt),
            )
        }
    }
    #[automatically_derived]
    impl __p::Workflow for Publish {
        const NAME: &'static str = "Publish";
        type Input = __Input;
        type Output = __Output;
        type Prompt = __p::carried!(Ask);
        type Resources = ();
        type Event = __Event;
        const TABLE: __p::Table = __GRAPH.table();
        fn slot(event: &__Event) -> u16 {
            match event {
                __Event::on_write(_) => 0u16,
                __Event::on_check(_) => 1u16,
                __Event::on_check__1(_) => 2u16,
                __Event::on_another(_) => 3u16,
                __Event::on_no_draft(_) => 4u16,
            }
        }
        fn start(input: __Input) -> __Event {
            <__p::Flag<{ __GRAPH.begins() }> as __p::Begin<Self>>::begin(input)
        }
        fn retry(
            __step: u16,
            __failure: &__p::FailedAttempt<'_>,
        ) -> __p::Option<__p::Duration> {
            match __step {
                0u16 => __p::retry(&(Self::PATIENT), __failure),
                2u16 => __p::retry(&(Retry::linear(n).when(|e| a < b)), __failure),
                _ => __p::Option::None,
            }
        }
        fn failure(
            handler: u16,
            failed: __p::Box<__p::StepFailed>,
        ) -> __p::Option<__Event> {
            __p::Option::Some(
                match handler {
                    2u16 => __Event::on_another(failed),
                    3u16 => __Event::on_no_draft(failed),
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
                                    __p::send(Self::write(workflow, __e0)),
                                )
                                .await else { continue };
                            <__p::Flag<
                                {
                                    __GRAPH.is_routed(0usize)
                                        && (!__GRAPH.stops_at(0usize)
                                            || __p::Same::<
                                                <__p::returned!(
                                                    StepResult < Draft >
                                                ) as __p::StepOutput>::Ends,
                                                __p::Present<__Output>,
                                            >::__SAME)
                                },
                            > as __p::Output<
                                StepResult<Draft>,
                                Self,
                            >>::emit(
                                __output,
                                __p::Dispatcher::effects(&mut __dispatcher),
                            )
                        }
                        1u16 => {
                            let __context = <__p::Flag<
                                {
                                    __p::Is::<
                                        (
                                            Context<
                                                Publish,
                                                (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                                            >,
                                            Publish,
                                        ),
                                    >::__CONTEXT
                                },
                            > as __p::Given<
                                Context<
                                    Publish,
                                    (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                                >,
                                Self,
                            >>::context(&__dispatcher);
                            let (__e0,) = {
                                let mut __events = __p::Dispatcher::events(
                                    &mut __dispatcher,
                                );
                                (
                                    <__p::Flag<
                                        { __GRAPH.is_given(1usize) },
                                    > as __p::Input<Draft, Self>>::parameter(&mut __events),
                                )
                            };
                            let __p::Option::Some(__output) = __p::run(
                                    &mut __dispatcher,
                                    __p::send(Self::check(workflow, &__context, __e0)),
                                )
                                .await else { continue };
                            <__p::Flag<
                                {
                                    __GRAPH.is_routed(1usize)
                                        && (!__GRAPH.stops_at(1usize)
                                            || __p::Same::<
                                                <__p::returned!(
                                                    StepResult < Stop < String > >
                                                ) as __p::StepOutput>::Ends,
                                                __p::Present<__Output>,
                                            >::__SAME)
                                },
                            > as __p::Output<
                                StepResult<Stop<String>>,
                                Self,
                            >>::emit(
                                __output,
                                __p::Dispatcher::effects(&mut __dispatcher),
                            )
                        }
                        2u16 => {
                            let (__e0,) = {
                                let mut __events = __p::Dispatcher::events(
                                    &mut __dispatcher,
                                );
                                (
                                    <__p::Flag<
                                        { __GRAPH.is_given(2usize) },
                                    > as __p::Input<
                                        StepFailed,
                                        Self,
                                    >>::parameter(&mut __events),
                                )
                            };
                            let __p::Option::Some(__output) = __p::run(
                                    &mut __dispatcher,
                                    __p::send(Self::another(workflow, __e0)),
                                )
                                .await else { continue };
                            <__p::Flag<
                                {
                                    __GRAPH.is_routed(2usize)
                                        && (!__GRAPH.stops_at(2usize)
                                            || __p::Same::<
                                                <__p::returned!(Draft) as __p::StepOutput>::Ends,
                                                __p::Present<__Output>,
                                            >::__SAME)
                                },
                            > as __p::Output<
                                Draft,
                                Self,
                            >>::emit(
                                __output,
                                __p::Dispatcher::effects(&mut __dispatcher),
                            )
                        }
                        3u16 => {
                            let __context = <__p::Flag<
                                { __p::Is::<(Context<Publish>, Publish)>::__CONTEXT },
                            > as __p::Given<
                                Context<Publish>,
                                Self,
                            >>::context(&__dispatcher);
                            let (__e0,) = {
                                let mut __events = __p::Dispatcher::events(
                                    &mut __dispatcher,
                                );
                                (
                                    <__p::Flag<
                                        { __GRAPH.is_given(3usize) },
                                    > as __p::Input<
                                        StepFailed,
                                        Self,
                                    >>::parameter(&mut __events),
                                )
                            };
                            let __p::Option::Some(__output) = __p::run(
                                    &mut __dispatcher,
                                    __p::send(Self::no_draft(workflow, &__context, __e0)),
                                )
                                .await else { continue };
                            <__p::Flag<
                                {
                                    __GRAPH.is_routed(3usize)
                                        && (!__GRAPH.stops_at(3usize)
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
    const _: () = __GRAPH.check_start("Publish");
    const _: () = __GRAPH.check_stop("Publish");
    const _: () = __GRAPH.check_leaf(0usize, "Start<String>", "Start<String>");
    const _: () = __GRAPH.check_port(0usize, "Start<String>");
    const _: () = __GRAPH.check_leaf(1usize, "Draft", "Start<String>");
    const _: () = __GRAPH.check_port(1usize, "Draft");
    const _: () = __GRAPH.check_leaf(2usize, "HumanResponse<Approval>", "Start<String>");
    const _: () = __GRAPH.check_leaf(3usize, "StepFailed", "Start<String>");
    const _: () = __GRAPH.check_port(3usize, "StepFailed");
    const _: () = __GRAPH.check_leaf(4usize, "StepFailed", "Start<String>");
    const _: () = __GRAPH.check_port(4usize, "StepFailed");
    const _: () = __GRAPH.check_step(0usize);
    const _: () = __GRAPH
        .check_output(
            0usize,
            <__p::returned!(Draft) as __p::StepOutput>::SHAPE,
            "Draft",
            "Stop<String>",
            __p::Same::<
                <__p::returned!(Draft) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME,
        );
    const _: () = __GRAPH
        .check_whole(
            0usize,
            0 + <__p::returned!(Draft) as __p::StepOutput>::SHAPE.events(),
            "StepResult<Draft>",
            "Stop<String>",
            __p::Same::<
                <__p::returned!(StepResult < Draft >) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME
                || !(true
                    && (!<__p::returned!(Draft) as __p::StepOutput>::SHAPE.stops()
                        || __p::Same::<
                            <__p::returned!(Draft) as __p::StepOutput>::Ends,
                            __p::Present<__Output>,
                        >::__SAME)),
        );
    const _: () = __GRAPH.check_step(1usize);
    const _: () = __GRAPH
        .check_output(
            1usize,
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
            1usize,
            0 + <__p::returned!(Stop < String >) as __p::StepOutput>::SHAPE.events(),
            "StepResult<Stop<String>>",
            "Stop<String>",
            __p::Same::<
                <__p::returned!(
                    StepResult < Stop < String > >
                ) as __p::StepOutput>::Ends,
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
    const _: () = __GRAPH
        .check_taken(
            1usize,
            "sends",
            <__p::Known<
                <__p::Known<
                    Context<
                        Publish,
                        (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                    >,
                    {
                        __p::Is::<
                            (
                                Context<
                                    Publish,
                                    (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                                >,
                                Publish,
                            ),
                        >::__CONTEXT
                    },
                > as __p::StepContext<Publish>>::Sends,
                {
                    __p::Is::<
                        <__p::Known<
                            Context<
                                Publish,
                                (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                            >,
                            {
                                __p::Is::<
                                    (
                                        Context<
                                            Publish,
                                            (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                                        >,
                                        Publish,
                                    ),
                                >::__CONTEXT
                            },
                        > as __p::StepContext<Publish>>::Sends,
                    >::__LIST
                },
            > as __p::StepOutput>::SHAPE,
        );
    const _: () = __GRAPH.check_list(1usize, 2usize);
    const _: () = __GRAPH.check_step(2usize);
    const _: () = __GRAPH
        .check_output(
            2usize,
            <__p::returned!(Draft) as __p::StepOutput>::SHAPE,
            "Draft",
            "Stop<String>",
            __p::Same::<
                <__p::returned!(Draft) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME,
        );
    const _: () = __GRAPH
        .check_whole(
            2usize,
            0 + <__p::returned!(Draft) as __p::StepOutput>::SHAPE.events(),
            "Draft",
            "Stop<String>",
            __p::Same::<
                <__p::returned!(Draft) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME
                || !(true
                    && (!<__p::returned!(Draft) as __p::StepOutput>::SHAPE.stops()
                        || __p::Same::<
                            <__p::returned!(Draft) as __p::StepOutput>::Ends,
                            __p::Present<__Output>,
                        >::__SAME)),
        );
    const _: () = __GRAPH.check_step(3usize);
    const _: () = __GRAPH
        .check_output(
            3usize,
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
            3usize,
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
    const _: () = __GRAPH
        .check_taken(
            3usize,
            "sends",
            <__p::Known<
                <__p::Known<
                    Context<Publish>,
                    { __p::Is::<(Context<Publish>, Publish)>::__CONTEXT },
                > as __p::StepContext<Publish>>::Sends,
                {
                    __p::Is::<
                        <__p::Known<
                            Context<Publish>,
                            { __p::Is::<(Context<Publish>, Publish)>::__CONTEXT },
                        > as __p::StepContext<Publish>>::Sends,
                    >::__LIST
                },
            > as __p::StepOutput>::SHAPE,
        );
    const _: () = __GRAPH.check_list(3usize, 0usize);
    const _: () = <__p::Doubtful<
        String,
        { __p::Is::<Start<String>>::__INPUT || __p::Is::<String>::__PAYLOAD },
    > as __p::InStart>::IS;
    const _: () = <__p::Doubtful<
        Start<String>,
        { __p::Is::<Start<String>>::__INPUT || !__p::Is::<String>::__PAYLOAD },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        Draft,
        { __p::Is::<StepResult<Draft>>::__OUTPUT || __p::Is::<Draft>::__OUTPUT },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        StepResult<Draft>,
        { __p::Is::<StepResult<Draft>>::__OUTPUT || !__p::Is::<Draft>::__OUTPUT },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        Context<Publish, (InputRequired<Ask>, HumanResponse<Approval>, Draft)>,
        {
            __p::Is::<
                (
                    Context<
                        Publish,
                        (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                    >,
                    Publish,
                ),
            >::__CONTEXT
        },
    > as __p::StepContext<Publish>>::IS;
    const _: () = <__p::Doubtful<
        Ask,
        {
            __p::Is::<
                <__p::Known<
                    Context<
                        Publish,
                        (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                    >,
                    {
                        __p::Is::<
                            (
                                Context<
                                    Publish,
                                    (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                                >,
                                Publish,
                            ),
                        >::__CONTEXT
                    },
                > as __p::StepContext<Publish>>::Sends,
            >::__LIST || __p::Is::<Ask>::__PAYLOAD
        },
    > as __p::InInputRequired>::IS;
    const _: () = <__p::Doubtful<
        Approval,
        {
            __p::Is::<
                <__p::Known<
                    Context<
                        Publish,
                        (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                    >,
                    {
                        __p::Is::<
                            (
                                Context<
                                    Publish,
                                    (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                                >,
                                Publish,
                            ),
                        >::__CONTEXT
                    },
                > as __p::StepContext<Publish>>::Sends,
            >::__LIST || __p::Is::<Approval>::__PAYLOAD
        },
    > as __p::InHumanResponse>::IS;
    const _: () = <__p::Doubtful<
        Draft,
        {
            __p::Is::<
                <__p::Known<
                    Context<
                        Publish,
                        (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                    >,
                    {
                        __p::Is::<
                            (
                                Context<
                                    Publish,
                                    (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                                >,
                                Publish,
                            ),
                        >::__CONTEXT
                    },
                > as __p::StepContext<Publish>>::Sends,
            >::__LIST || __p::Is::<Draft>::__LISTED
        },
    > as __p::Listed>::IS;
    const _: () = <__p::Doubtful<
        <__p::Known<
            Context<Publish, (InputRequired<Ask>, HumanResponse<Approval>, Draft)>,
            {
                __p::Is::<
                    (
                        Context<
                            Publish,
                            (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                        >,
                        Publish,
                    ),
                >::__CONTEXT
            },
        > as __p::StepContext<Publish>>::Sends,
        {
            __p::Is::<
                <__p::Known<
                    Context<
                        Publish,
                        (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                    >,
                    {
                        __p::Is::<
                            (
                                Context<
                                    Publish,
                                    (InputRequired<Ask>, HumanResponse<Approval>, Draft),
                                >,
                                Publish,
                            ),
                        >::__CONTEXT
                    },
                > as __p::StepContext<Publish>>::Sends,
            >::__LIST || !__p::Is::<Ask>::__PAYLOAD || !__p::Is::<Approval>::__PAYLOAD
                || !__p::Is::<Draft>::__LISTED
        },
    > as __p::List>::IS;
    const _: () = <__p::Doubtful<
        Draft,
        { __p::Is::<Draft>::__INPUT || __p::Is::<Draft>::__INPUT },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        String,
        { __p::Is::<StepResult<Stop<String>>>::__OUTPUT || __p::Is::<String>::__PAYLOAD },
    > as __p::InStop>::IS;
    const _: () = <__p::Doubtful<
        StepResult<Stop<String>>,
        {
            __p::Is::<StepResult<Stop<String>>>::__OUTPUT
                || !__p::Is::<String>::__PAYLOAD
        },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        Draft,
        { __p::Is::<Draft>::__OUTPUT || __p::Is::<Draft>::__OUTPUT },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        Context<Publish>,
        { __p::Is::<(Context<Publish>, Publish)>::__CONTEXT },
    > as __p::StepContext<Publish>>::IS;
    const _: () = <__p::Doubtful<
        <__p::Known<
            Context<Publish>,
            { __p::Is::<(Context<Publish>, Publish)>::__CONTEXT },
        > as __p::StepContext<Publish>>::Sends,
        {
            __p::Is::<
                <__p::Known<
                    Context<Publish>,
                    { __p::Is::<(Context<Publish>, Publish)>::__CONTEXT },
                > as __p::StepContext<Publish>>::Sends,
            >::__LIST
        },
    > as __p::List>::IS;
    const _: () = <__p::Doubtful<
        String,
        { __p::Is::<Stop<String>>::__OUTPUT || __p::Is::<String>::__PAYLOAD },
    > as __p::InStop>::IS;
    const _: () = <__p::Doubtful<
        Stop<String>,
        { __p::Is::<Stop<String>>::__OUTPUT || !__p::Is::<String>::__PAYLOAD },
    > as __p::StepOutput>::IS;
};
