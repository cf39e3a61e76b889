use workflows_runtime::prelude::*;
impl Search {
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    async fn plan(&self, Start(text): Start<String>) -> Vec<Query> {
        vec![Query { text }]
    }
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    async fn all(&self, queries: Vec<Query>) -> Stop<usize> {
        Stop(queries.len())
    }
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    async fn fastest(&self, First([query]): First<Query, 1>, _: Limit) {}
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    async fn pairs(&self, [one, other]: [Query; 2]) -> (Limit, Option<Limit>) {
        (Limit, None)
    }
}
#[doc(hidden)]
#[allow(clippy::all, clippy::pedantic, non_camel_case_types, non_snake_case)]
#[allow(unreachable_patterns, unreachable_code)]
#[allow(private_interfaces, long_running_const_eval)]
const _: () = {
    use ::workflows_runtime::__private::{self as __p, is_not as _, same as _};
    type __Input = __p::carried!(String);
    type __Output = __p::carried!(usize);
    const __STEPS: [__p::Step; 4usize] = [
        __p::Step {
            name: "plan",
            emits: <__p::returned!(Vec < Query >) as __p::StepOutput>::SHAPE,
            sends: <() as __p::StepOutput>::SHAPE,
            ports: 1u16,
            workers: 4u32,
            timeout: ::workflows_runtime::__private::Option::None,
            retries: false,
            catches: __p::Option::None,
            unchecked_reachable: false,
            unchecked_dead_end: false,
        },
        __p::Step {
            name: "all",
            emits: <__p::returned!(Stop < usize >) as __p::StepOutput>::SHAPE,
            sends: <() as __p::StepOutput>::SHAPE,
            ports: 1u16,
            workers: 4u32,
            timeout: ::workflows_runtime::__private::Option::None,
            retries: false,
            catches: __p::Option::None,
            unchecked_reachable: false,
            unchecked_dead_end: false,
        },
        __p::Step {
            name: "fastest",
            emits: <__p::returned!(()) as __p::StepOutput>::SHAPE,
            sends: <() as __p::StepOutput>::SHAPE,
            ports: 2u16,
            workers: 4u32,
            timeout: ::workflows_runtime::__private::Option::None,
            retries: false,
            catches: __p::Option::None,
            unchecked_reachable: false,
            unchecked_dead_end: false,
        },
        __p::Step {
            name: "pairs",
            emits: <__p::returned!((Limit, Option < Limit >)) as __p::StepOutput>::SHAPE,
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
            <__p::taken!(Vec < Query >) as __p::StepInput>::PORT,
            1usize,
            true,
            <__p::taken!(Query) as __p::StepInput>::LEAF,
            __p::Leaf::twin(
                <__p::taken!(Query) as __p::StepInput>::LEAF,
                __p::Same::<Query, __p::Start<__Input>>::__SAME,
                &[],
                1u16,
            ),
        ),
        __p::Leaf::new(
            2u16,
            0u16,
            <__p::taken!(First < Query, 1 >) as __p::StepInput>::PORT,
            1usize,
            true,
            <__p::taken!(Query) as __p::StepInput>::LEAF,
            __p::Leaf::twin(
                <__p::taken!(Query) as __p::StepInput>::LEAF,
                __p::Same::<Query, __p::Start<__Input>>::__SAME,
                &[(1u16, true)],
                2u16,
            ),
        ),
        __p::Leaf::new(
            2u16,
            1u16,
            <__p::taken!(Limit) as __p::StepInput>::PORT,
            1usize,
            false,
            <__p::taken!(Limit) as __p::StepInput>::LEAF,
            __p::Leaf::twin(
                <__p::taken!(Limit) as __p::StepInput>::LEAF,
                __p::Same::<Limit, __p::Start<__Input>>::__SAME,
                &[],
                3u16,
            ),
        ),
        __p::Leaf::new(
            3u16,
            0u16,
            <__p::taken!([Query; 2]) as __p::StepInput>::PORT,
            1usize,
            true,
            <__p::taken!(Query) as __p::StepInput>::LEAF,
            __p::Leaf::twin(
                <__p::taken!(Query) as __p::StepInput>::LEAF,
                __p::Same::<Query, __p::Start<__Input>>::__SAME,
                &[(1u16, true)],
                4u16,
            ),
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
        on_plan(__p::taken!(Start < String >)),
        on_all(__p::taken!(Query)),
        on_fastest(__p::taken!(Query)),
        on_fastest__1(__p::taken!(Limit)),
        on_pairs(__p::taken!(Query)),
    }
    __p::takes!(
        Search, __Event::on_plan, Start < String >, { __p::Is:: < Start < String > >
        ::__INPUT }, { __GRAPH.rank(0usize) }
    );
    __p::takes!(
        Search, __Event::on_all, Query, { __p::Is:: < Query > ::__INPUT }, { __GRAPH
        .rank(1usize) }
    );
    __p::takes!(
        Search, __Event::on_fastest, Query, { __p::Is:: < Query > ::__INPUT }, { __GRAPH
        .rank(2usize) }
    );
    __p::takes!(
        Search, __Event::on_fastest__1, Limit, { __p::Is:: < Limit > ::__INPUT }, {
        __GRAPH.rank(3usize) }
    );
    __p::takes!(
        Search, __Event::on_pairs, Query, { __p::Is:: < Query > ::__INPUT }, { __GRAPH
        .rank(4usize) }
    );
    #[automatically_derived]
    impl __p::Workflow for Search {
        const NAME: &'static str = "Search";
        type Input = __Input;
        type Output = __Output;
        type Prompt = __p::Never;
        type Resources = ();
        type Event = __Event;
        const TABLE: __p::Table = __GRAPH.table();
        fn slot(event: &__Event) -> u16 {
            match event {
                __Event::on_plan(_) => 0u16,
                __Event::on_all(_) => 1u16,
                __Event::on_fastest(_) => 2u16,
                __Event::on_fastest__1(_) => 3u16,
                __Event::on_pairs(_) => 4u16,
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
                                    __p::send(Self::plan(workflow, __e0)),
                                )
                                .await else { continue };
                            <__p::Flag<
                                {
                                    __GRAPH.is_routed(0usize)
                                        && (!__GRAPH.stops_at(0usize)
                                            || __p::Same::<
                                                <__p::returned!(Vec < Query >) as __p::StepOutput>::Ends,
                                                __p::Present<__Output>,
                                            >::__SAME)
                                },
                            > as __p::Output<
                                Vec<Query>,
                                Self,
                            >>::emit(
                                __output,
                                __p::Dispatcher::effects(&mut __dispatcher),
                            )
                        }
                        1u16 => {
                            let (__e0,) = {
                                let mut __events = __p::Dispatcher::events(
                                    &mut __dispatcher,
                                );
                                (
                                    <__p::Flag<
                                        { __GRAPH.is_given(1usize) },
                                    > as __p::Input<
                                        Vec<Query>,
                                        Self,
                                    >>::parameter(&mut __events),
                                )
                            };
                            let __p::Option::Some(__output) = __p::run(
                                    &mut __dispatcher,
                                    __p::send(Self::all(workflow, __e0)),
                                )
                                .await else { continue };
                            <__p::Flag<
                                {
                                    __GRAPH.is_routed(1usize)
                                        && (!__GRAPH.stops_at(1usize)
                                            || __p::Same::<
                                                <__p::returned!(Stop < usize >) as __p::StepOutput>::Ends,
                                                __p::Present<__Output>,
                                            >::__SAME)
                                },
                            > as __p::Output<
                                Stop<usize>,
                                Self,
                            >>::emit(
                                __output,
                                __p::Dispatcher::effects(&mut __dispatcher),
                            )
                        }
                        2u16 => {
                            let (__e0, __e1) = {
                                let mut __events = __p::Dispatcher::events(
                                    &mut __dispatcher,
                                );
                                (
                                    <__p::Flag<
                                        { __GRAPH.is_given(2usize) },
                                    > as __p::Input<
                                        First<Query, 1>,
                                        Self,
                                    >>::parameter(&mut __events),
                                    <__p::Flag<
                                        { __GRAPH.is_given(2usize) },
                                    > as __p::Input<Limit, Self>>::parameter(&mut __events),
                                )
                            };
                            let __p::Option::Some(__output) = __p::run(
                                    &mut __dispatcher,
                                    __p::send(Self::fastest(workflow, __e0, __e1)),
                                )
                                .await else { continue };
                            <__p::Flag<
                                {
                                    __GRAPH.is_routed(2usize)
                                        && (!__GRAPH.stops_at(2usize)
                                            || __p::Same::<
                                                <__p::returned!(()) as __p::StepOutput>::Ends,
                                                __p::Present<__Output>,
                                            >::__SAME)
                                },
                            > as __p::Output<
                                (),
                                Self,
                            >>::emit(
                                __output,
                                __p::Dispatcher::effects(&mut __dispatcher),
                            )
                        }
                        3u16 => {
                            let (__e0,) = {
                                let mut __events = __p::Dispatcher::events(
                                    &mut __dispatcher,
                                );
                                (
                                    <__p::Flag<
                                        { __GRAPH.is_given(3usize) },
                                    > as __p::Input<
                                        [Query; 2],
                                        Self,
                                    >>::parameter(&mut __events),
                                )
                            };
                            let __p::Option::Some(__output) = __p::run(
                                    &mut __dispatcher,
                                    __p::send(Self::pairs(workflow, __e0)),
                                )
                                .await else { continue };
                            <__p::Flag<
                                {
                                    __GRAPH.is_routed(3usize)
                                        && (!__GRAPH.stops_at(3usize)
                                            || __p::Same::<
                                                <__p::returned!(
                                                    (Limit, Option < Limit >)
                                                ) as __p::StepOutput>::Ends,
                                                __p::Present<__Output>,
                                            >::__SAME)
                                },
                            > as __p::Output<
                                (Limit, Option<Limit>),
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
    const _: () = __GRAPH.check_start("Search");
    const _: () = __GRAPH.check_stop("Search");
    const _: () = __GRAPH.check_leaf(0usize, "Start<String>", "Start<String>");
    const _: () = __GRAPH.check_port(0usize, "Start<String>");
    const _: () = __GRAPH.check_leaf(1usize, "Query", "Start<String>");
    const _: () = __GRAPH.check_port(1usize, "Vec<Query>");
    const _: () = __GRAPH.check_leaf(2usize, "Query", "Start<String>");
    const _: () = __GRAPH.check_port(2usize, "First<Query, 1>");
    const _: () = __GRAPH.check_leaf(3usize, "Limit", "Start<String>");
    const _: () = __GRAPH.check_port(3usize, "Limit");
    const _: () = __GRAPH.check_leaf(4usize, "Query", "Start<String>");
    const _: () = __GRAPH.check_port(4usize, "[Query; 2]");
    const _: () = __GRAPH.check_step(0usize);
    const _: () = __GRAPH
        .check_output(
            0usize,
            <__p::returned!(Query) as __p::StepOutput>::SHAPE,
            "Query",
            "Stop<usize>",
            __p::Same::<
                <__p::returned!(Query) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME,
        );
    const _: () = __GRAPH
        .check_whole(
            0usize,
            0 + <__p::returned!(Query) as __p::StepOutput>::SHAPE.events(),
            "Vec<Query>",
            "Stop<usize>",
            __p::Same::<
                <__p::returned!(Vec < Query >) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME
                || !(true
                    && (!<__p::returned!(Query) as __p::StepOutput>::SHAPE.stops()
                        || __p::Same::<
                            <__p::returned!(Query) as __p::StepOutput>::Ends,
                            __p::Present<__Output>,
                        >::__SAME)),
        );
    const _: () = __GRAPH.check_step(1usize);
    const _: () = __GRAPH
        .check_output(
            1usize,
            <__p::returned!(Stop < usize >) as __p::StepOutput>::SHAPE,
            "Stop<usize>",
            "Stop<usize>",
            __p::Same::<
                <__p::returned!(Stop < usize >) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME,
        );
    const _: () = __GRAPH
        .check_whole(
            1usize,
            0 + <__p::returned!(Stop < usize >) as __p::StepOutput>::SHAPE.events(),
            "Stop<usize>",
            "Stop<usize>",
            __p::Same::<
                <__p::returned!(Stop < usize >) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME
                || !(true
                    && (!<__p::returned!(Stop < usize >) as __p::StepOutput>::SHAPE
                        .stops()
                        || __p::Same::<
                            <__p::returned!(Stop < usize >) as __p::StepOutput>::Ends,
                            __p::Present<__Output>,
                        >::__SAME)),
        );
    const _: () = __GRAPH.check_step(2usize);
    const _: () = __GRAPH
        .check_whole(
            2usize,
            0,
            "()",
            "Stop<usize>",
            __p::Same::<
                <__p::returned!(()) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME || !(true),
        );
    const _: () = __GRAPH.check_step(3usize);
    const _: () = __GRAPH
        .check_output(
            3usize,
            <__p::returned!(Limit) as __p::StepOutput>::SHAPE,
            "Limit",
            "Stop<usize>",
            __p::Same::<
                <__p::returned!(Limit) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME,
        );
    const _: () = __GRAPH
        .check_output(
            3usize,
            <__p::returned!(Limit) as __p::StepOutput>::SHAPE,
            "Limit",
            "Stop<usize>",
            __p::Same::<
                <__p::returned!(Limit) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME,
        );
    const _: () = __GRAPH
        .check_whole(
            3usize,
            0 + <__p::returned!(Limit) as __p::StepOutput>::SHAPE.events()
                + <__p::returned!(Limit) as __p::StepOutput>::SHAPE.events(),
            "(Limit, Option<Limit>)",
            "Stop<usize>",
            __p::Same::<
                <__p::returned!((Limit, Option < Limit >)) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME
                || !(true
                    && (!<__p::returned!(Limit) as __p::StepOutput>::SHAPE.stops()
                        || __p::Same::<
                            <__p::returned!(Limit) as __p::StepOutput>::Ends,
                            __p::Present<__Output>,
                        >::__SAME)
                    && (!<__p::returned!(Limit) as __p::StepOutput>::SHAPE.stops()
                        || __p::Same::<
                            <__p::returned!(Limit) as __p::StepOutput>::Ends,
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
        Query,
        { __p::Is::<Vec<Query>>::__OUTPUT || __p::Is::<Query>::__OUTPUT },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        Vec<Query>,
        { __p::Is::<Vec<Query>>::__OUTPUT || !__p::Is::<Query>::__OUTPUT },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        Query,
        { __p::Is::<Vec<Query>>::__INPUT || __p::Is::<Query>::__INPUT },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        Vec<Query>,
        { __p::Is::<Vec<Query>>::__INPUT || !__p::Is::<Query>::__INPUT },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        usize,
        { __p::Is::<Stop<usize>>::__OUTPUT || __p::Is::<usize>::__PAYLOAD },
    > as __p::InStop>::IS;
    const _: () = <__p::Doubtful<
        Stop<usize>,
        { __p::Is::<Stop<usize>>::__OUTPUT || !__p::Is::<usize>::__PAYLOAD },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        Query,
        { __p::Is::<First<Query, 1>>::__INPUT || __p::Is::<Query>::__INPUT },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        First<Query, 1>,
        { __p::Is::<First<Query, 1>>::__INPUT || !__p::Is::<Query>::__INPUT },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        Limit,
        { __p::Is::<Limit>::__INPUT || __p::Is::<Limit>::__INPUT },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        (),
        { __p::Is::<()>::__OUTPUT },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        Query,
        { __p::Is::<[Query; 2]>::__INPUT || __p::Is::<Query>::__INPUT },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        [Query; 2],
        { __p::Is::<[Query; 2]>::__INPUT || !__p::Is::<Query>::__INPUT },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        Limit,
        { __p::Is::<(Limit, Option<Limit>)>::__OUTPUT || __p::Is::<Limit>::__OUTPUT },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        Limit,
        { __p::Is::<(Limit, Option<Limit>)>::__OUTPUT || __p::Is::<Limit>::__OUTPUT },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        (Limit, Option<Limit>),
        {
            __p::Is::<(Limit, Option<Limit>)>::__OUTPUT || !__p::Is::<Limit>::__OUTPUT
                || !__p::Is::<Limit>::__OUTPUT
        },
    > as __p::StepOutput>::IS;
};
::workflows_runtime::__refuse_listed! {
    ["len"] ::workflows_runtime::__private::refuse_listed(__known_blocking::NAMES,
    __CALLED, "Search", "#[workflow(known_blocking)]")
}
