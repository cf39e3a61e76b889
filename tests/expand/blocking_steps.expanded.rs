use workflows_runtime::prelude::*;
impl Reader {
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    fn read(&self, Start(path): Start<String>) -> StepResult<Page> {
        Ok(Page(std::fs::read_to_string(path)?))
    }
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    fn embed(&self, ctx: &Context<Self>, page: Page) -> Stop<usize> {
        Stop(page.0.len())
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
    const __STEPS: [__p::Step; 2usize] = [
        __p::Step {
            name: "read",
            emits: <__p::returned!(StepResult < Page >) as __p::StepOutput>::SHAPE,
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
            name: "embed",
            emits: <__p::returned!(Stop < usize >) as __p::StepOutput>::SHAPE,
            sends: <__p::Known<
                <__p::Known<
                    Context<Reader>,
                    { __p::Is::<(Context<Reader>, Reader)>::__CONTEXT },
                > as __p::StepContext<Reader>>::Sends,
                {
                    __p::Is::<
                        <__p::Known<
                            Context<Reader>,
                            { __p::Is::<(Context<Reader>, Reader)>::__CONTEXT },
                        > as __p::StepContext<Reader>>::Sends,
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
    ];
    const __LEAVES: [__p::Leaf; 2usize] = [
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
            <__p::taken!(Page) as __p::StepInput>::PORT,
            1usize,
            false,
            <__p::taken!(Page) as __p::StepInput>::LEAF,
            __p::Leaf::twin(
                <__p::taken!(Page) as __p::StepInput>::LEAF,
                __p::Same::<Page, __p::Start<__Input>>::__SAME,
                &[],
                1u16,
            ),
        ),
    ];
    const __GRAPH: &__p::Graph<
        2usize,
        2usize,
        { __p::count_edges(&__STEPS) },
        { __p::count_openers(&__STEPS) },
    > = &__p::Graph::new(__STEPS, __LEAVES);
    #[derive(::core::clone::Clone, __p::serde::Serialize, __p::serde::Deserialize)]
    #[serde(crate = "::workflows_runtime::__private::serde", bound = "")]
    pub enum __Event {
        on_read(__p::taken!(Start < String >)),
        on_embed(__p::taken!(Page)),
    }
    __p::takes!(
        Reader, __Event::on_read, Start < String >, { __p::Is:: < Start < String > >
        ::__INPUT }, { __GRAPH.rank(0usize) }
    );
    __p::takes!(
        Reader, __Event::on_embed, Page, { __p::Is:: < Page > ::__INPUT }, { __GRAPH
        .rank(1usize) }
    );
    #[automatically_derived]
    impl __p::Workflow for Reader {
        const NAME: &'static str = "Reader";
        type Input = __Input;
        type Output = __Output;
        type Prompt = __p::Never;
        type Resources = ();
        type Event = __Event;
        const TABLE: __p::Table = __GRAPH.table();
        fn slot(event: &__Event) -> u16 {
            match event {
                __Event::on_read(_) => 0u16,
                __Event::on_embed(_) => 1u16,
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
                            let __offload = __p::Dispatcher::offload(
                                &__dispatcher,
                                ::workflows_runtime::__private::Kind::Io,
                            );
                            let __running = __p::run(
                                &mut __dispatcher,
                                async {
                                    let workflow = __p::share(workflow);
                                    __p::blocking(
                                            __offload,
                                            move || <__p::Flag<
                                                {
                                                    __GRAPH.is_routed(0usize)
                                                        && (!__GRAPH.stops_at(0usize)
                                                            || __p::Same::<
                                                                <__p::returned!(
                                                                    StepResult < Page >
                                                                ) as __p::StepOutput>::Ends,
                                                                __p::Present<__Output>,
                                                            >::__SAME)
                                                },
                                            > as __p::Output<
                                                StepResult<Page>,
                                                Self,
                                            >>::effects(Self::read(&workflow, __e0)),
                                        )
                                        .await
                                },
                            );
                            let __p::Option::Some(__outcome) = __running.await else {
                                continue
                            };
                            __p::Dispatcher::set_output(&mut __dispatcher, __outcome)
                        }
                        1u16 => {
                            let __context = <__p::Flag<
                                { __p::Is::<(Context<Reader>, Reader)>::__CONTEXT },
                            > as __p::Given<
                                Context<Reader>,
                                Self,
                            >>::context(&__dispatcher);
                            let (__e0,) = {
                                let mut __events = __p::Dispatcher::events(
                                    &mut __dispatcher,
                                );
                                (
                                    <__p::Flag<
                                        { __GRAPH.is_given(1usize) },
                                    > as __p::Input<Page, Self>>::parameter(&mut __events),
                                )
                            };
                            let __offload = __p::Dispatcher::offload(
                                &__dispatcher,
                                ::workflows_runtime::__private::cpu_kind!(Pool("embed")),
                            );
                            let __running = __p::run(
                                &mut __dispatcher,
                                async {
                                    let workflow = __p::share(workflow);
                                    __p::blocking(
                                            __offload,
                                            move || <__p::Flag<
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
                                            >>::effects(Self::embed(&workflow, &__context, __e0)),
                                        )
                                        .await
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
    const _: () = __GRAPH.check_start("Reader");
    const _: () = __GRAPH.check_stop("Reader");
    const _: () = __GRAPH.check_leaf(0usize, "Start<String>", "Start<String>");
    const _: () = __GRAPH.check_port(0usize, "Start<String>");
    const _: () = __GRAPH.check_leaf(1usize, "Page", "Start<String>");
    const _: () = __GRAPH.check_port(1usize, "Page");
    const _: () = __GRAPH.check_step(0usize);
    const _: () = __GRAPH
        .check_output(
            0usize,
            <__p::returned!(Page) as __p::StepOutput>::SHAPE,
            "Page",
            "Stop<usize>",
            __p::Same::<
                <__p::returned!(Page) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME,
        );
    const _: () = __GRAPH
        .check_whole(
            0usize,
            0 + <__p::returned!(Page) as __p::StepOutput>::SHAPE.events(),
            "StepResult<Page>",
            "Stop<usize>",
            __p::Same::<
                <__p::returned!(StepResult < Page >) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME
                || !(true
                    && (!<__p::returned!(Page) as __p::StepOutput>::SHAPE.stops()
                        || __p::Same::<
                            <__p::returned!(Page) as __p::StepOutput>::Ends,
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
    const _: () = __GRAPH
        .check_taken(
            1usize,
            "sends",
            <__p::Known<
                <__p::Known<
                    Context<Reader>,
                    { __p::Is::<(Context<Reader>, Reader)>::__CONTEXT },
                > as __p::StepContext<Reader>>::Sends,
                {
                    __p::Is::<
                        <__p::Known<
                            Context<Reader>,
                            { __p::Is::<(Context<Reader>, Reader)>::__CONTEXT },
                        > as __p::StepContext<Reader>>::Sends,
                    >::__LIST
                },
            > as __p::StepOutput>::SHAPE,
        );
    const _: () = __GRAPH.check_list(1usize, 0usize);
    const _: () = <__p::Doubtful<
        String,
        { __p::Is::<Start<String>>::__INPUT || __p::Is::<String>::__PAYLOAD },
    > as __p::InStart>::IS;
    const _: () = <__p::Doubtful<
        Start<String>,
        { __p::Is::<Start<String>>::__INPUT || !__p::Is::<String>::__PAYLOAD },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        Page,
        { __p::Is::<StepResult<Page>>::__OUTPUT || __p::Is::<Page>::__OUTPUT },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        StepResult<Page>,
        { __p::Is::<StepResult<Page>>::__OUTPUT || !__p::Is::<Page>::__OUTPUT },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        Context<Reader>,
        { __p::Is::<(Context<Reader>, Reader)>::__CONTEXT },
    > as __p::StepContext<Reader>>::IS;
    const _: () = <__p::Doubtful<
        <__p::Known<
            Context<Reader>,
            { __p::Is::<(Context<Reader>, Reader)>::__CONTEXT },
        > as __p::StepContext<Reader>>::Sends,
        {
            __p::Is::<
                <__p::Known<
                    Context<Reader>,
                    { __p::Is::<(Context<Reader>, Reader)>::__CONTEXT },
                > as __p::StepContext<Reader>>::Sends,
            >::__LIST
        },
    > as __p::List>::IS;
    const _: () = <__p::Doubtful<
        Page,
        { __p::Is::<Page>::__INPUT || __p::Is::<Page>::__INPUT },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        usize,
        { __p::Is::<Stop<usize>>::__OUTPUT || __p::Is::<usize>::__PAYLOAD },
    > as __p::InStop>::IS;
    const _: () = <__p::Doubtful<
        Stop<usize>,
        { __p::Is::<Stop<usize>>::__OUTPUT || !__p::Is::<usize>::__PAYLOAD },
    > as __p::StepOutput>::IS;
};
