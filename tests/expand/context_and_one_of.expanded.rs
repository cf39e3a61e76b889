use workflows_runtime::prelude::*;
impl Jokes {
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    async fn tell(
        &self,
        ctx: &Context<Self, (Pun,)>,
        Start(text): Start<String>,
    ) -> StepResult<OneOf<Joke, Stop<usize>>> {
        #[allow(unreachable_code)]
        if false {
            ::workflows_runtime::__private::blocking::unreached();
            {
                use ::workflows_runtime::__private::blocking::Asked as _;
                ctx.asked::<
                        ::workflows_runtime::__private::blocking::known::method::send,
                    >()
                    .verdict()
                    .is_allowed_here();
            }
        }
        ctx.send(Pun);
        Ok(Joke { text }.emit())
    }
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    async fn judge(&self, any: OneOf<Joke, Pun>) -> Stop<usize> {
        Stop(3)
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
            name: "tell",
            emits: <__p::returned!(
                StepResult < OneOf < Joke, Stop < usize > > >
            ) as __p::StepOutput>::SHAPE,
            sends: <__p::Known<
                <__p::Known<
                    Context<Jokes, (Pun,)>,
                    { __p::Is::<(Context<Jokes, (Pun,)>, Jokes)>::__CONTEXT },
                > as __p::StepContext<Jokes>>::Sends,
                {
                    __p::Is::<
                        <__p::Known<
                            Context<Jokes, (Pun,)>,
                            { __p::Is::<(Context<Jokes, (Pun,)>, Jokes)>::__CONTEXT },
                        > as __p::StepContext<Jokes>>::Sends,
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
            name: "judge",
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
    ];
    const __LEAVES: [__p::Leaf; 3usize] = [
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
            <__p::taken!(OneOf < Joke, Pun >) as __p::StepInput>::PORT,
            2usize,
            false,
            <__p::taken!(Joke) as __p::StepInput>::LEAF,
            __p::Leaf::twin(
                <__p::taken!(Joke) as __p::StepInput>::LEAF,
                __p::Same::<Joke, __p::Start<__Input>>::__SAME,
                &[],
                1u16,
            ),
        ),
        __p::Leaf::new(
            1u16,
            0u16,
            <__p::taken!(OneOf < Joke, Pun >) as __p::StepInput>::PORT,
            2usize,
            false,
            <__p::taken!(Pun) as __p::StepInput>::LEAF,
            __p::Leaf::twin(
                <__p::taken!(Pun) as __p::StepInput>::LEAF,
                __p::Same::<Pun, __p::Start<__Input>>::__SAME,
                &[],
                2u16,
            ),
        ),
    ];
    const __GRAPH: &__p::Graph<
        2usize,
        3usize,
        { __p::count_edges(&__STEPS) },
        { __p::count_openers(&__STEPS) },
    > = &__p::Graph::new(__STEPS, __LEAVES);
    #[derive(::core::clone::Clone, __p::serde::Serialize, __p::serde::Deserialize)]
    #[serde(crate = "::workflows_runtime::__private::serde", bound = "")]
    pub enum __Event {
        on_tell(__p::taken!(Start < String >)),
        on_judge(__p::taken!(Joke)),
        on_judge__1(__p::taken!(Pun)),
    }
    __p::takes!(
        Jokes, __Event::on_tell, Start < String >, { __p::Is:: < Start < String > >
        ::__INPUT }, { __GRAPH.rank(0usize) }
    );
    __p::takes!(
        Jokes, __Event::on_judge, Joke, { __p::Is:: < Joke > ::__INPUT }, { __GRAPH
        .rank(1usize) }
    );
    __p::takes!(
        Jokes, __Event::on_judge__1, Pun, { __p::Is:: < Pun > ::__INPUT }, { __GRAPH
        .rank(2usize) }
    );
    #[automatically_derived]
    impl __p::Workflow for Jokes {
        const NAME: &'static str = "Jokes";
        type Input = __Input;
        type Output = __Output;
        type Prompt = __p::Never;
        type Resources = ();
        type Event = __Event;
        const TABLE: __p::Table = __GRAPH.table();
        fn slot(event: &__Event) -> u16 {
            match event {
                __Event::on_tell(_) => 0u16,
                __Event::on_judge(_) => 1u16,
                __Event::on_judge__1(_) => 2u16,
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
                            let __context = <__p::Flag<
                                { __p::Is::<(Context<Jokes, (Pun,)>, Jokes)>::__CONTEXT },
                            > as __p::Given<
                                Context<Jokes, (Pun,)>,
                                Self,
                            >>::context(&__dispatcher);
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
                                    __p::send(Self::tell(workflow, &__context, __e0)),
                                )
                                .await else { continue };
                            <__p::Flag<
                                {
                                    __GRAPH.is_routed(0usize)
                                        && (!__GRAPH.stops_at(0usize)
                                            || __p::Same::<
                                                <__p::returned!(
                                                    StepResult < OneOf < Joke, Stop < usize > > >
                                                ) as __p::StepOutput>::Ends,
                                                __p::Present<__Output>,
                                            >::__SAME)
                                },
                            > as __p::Output<
                                StepResult<OneOf<Joke, Stop<usize>>>,
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
                                        OneOf<Joke, Pun>,
                                        Self,
                                    >>::parameter(&mut __events),
                                )
                            };
                            let __p::Option::Some(__output) = __p::run(
                                    &mut __dispatcher,
                                    __p::send(Self::judge(workflow, __e0)),
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
                        _ => ::core::unreachable!(),
                    };
                    __p::Dispatcher::complete(&mut __dispatcher, __outcome);
                }
            }
        }
    }
    const _: () = __GRAPH.check_start("Jokes");
    const _: () = __GRAPH.check_stop("Jokes");
    const _: () = __GRAPH.check_leaf(0usize, "Start<String>", "Start<String>");
    const _: () = __GRAPH.check_port(0usize, "Start<String>");
    const _: () = __GRAPH.check_leaf(1usize, "Joke", "Start<String>");
    const _: () = __GRAPH.check_port(1usize, "OneOf<Joke, Pun>");
    const _: () = __GRAPH.check_leaf(2usize, "Pun", "Start<String>");
    const _: () = __GRAPH.check_step(0usize);
    const _: () = __GRAPH
        .check_output(
            0usize,
            <__p::returned!(Joke) as __p::StepOutput>::SHAPE,
            "Joke",
            "Stop<usize>",
            __p::Same::<
                <__p::returned!(Joke) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME,
        );
    const _: () = __GRAPH
        .check_output(
            0usize,
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
            0usize,
            0 + <__p::returned!(Joke) as __p::StepOutput>::SHAPE.events()
                + <__p::returned!(Stop < usize >) as __p::StepOutput>::SHAPE.events(),
            "StepResult<OneOf<Joke, Stop<usize>>>",
            "Stop<usize>",
            __p::Same::<
                <__p::returned!(
                    StepResult < OneOf < Joke, Stop < usize > > >
                ) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME
                || !(true
                    && (!<__p::returned!(Joke) as __p::StepOutput>::SHAPE.stops()
                        || __p::Same::<
                            <__p::returned!(Joke) as __p::StepOutput>::Ends,
                            __p::Present<__Output>,
                        >::__SAME)
                    && (!<__p::returned!(Stop < usize >) as __p::StepOutput>::SHAPE
                        .stops()
                        || __p::Same::<
                            <__p::returned!(Stop < usize >) as __p::StepOutput>::Ends,
                            __p::Present<__Output>,
                        >::__SAME)),
        );
    const _: () = __GRAPH
        .check_taken(
            0usize,
            "sends",
            <__p::Known<
                <__p::Known<
                    Context<Jokes, (Pun,)>,
                    { __p::Is::<(Context<Jokes, (Pun,)>, Jokes)>::__CONTEXT },
                > as __p::StepContext<Jokes>>::Sends,
                {
                    __p::Is::<
                        <__p::Known<
                            Context<Jokes, (Pun,)>,
                            { __p::Is::<(Context<Jokes, (Pun,)>, Jokes)>::__CONTEXT },
                        > as __p::StepContext<Jokes>>::Sends,
                    >::__LIST
                },
            > as __p::StepOutput>::SHAPE,
        );
    const _: () = __GRAPH.check_list(0usize, 0usize);
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
    const _: () = <__p::Doubtful<
        Context<Jokes, (Pun,)>,
        { __p::Is::<(Context<Jokes, (Pun,)>, Jokes)>::__CONTEXT },
    > as __p::StepContext<Jokes>>::IS;
    const _: () = <__p::Doubtful<
        Pun,
        {
            __p::Is::<
                <__p::Known<
                    Context<Jokes, (Pun,)>,
                    { __p::Is::<(Context<Jokes, (Pun,)>, Jokes)>::__CONTEXT },
                > as __p::StepContext<Jokes>>::Sends,
            >::__LIST || __p::Is::<Pun>::__LISTED
        },
    > as __p::Listed>::IS;
    const _: () = <__p::Doubtful<
        <__p::Known<
            Context<Jokes, (Pun,)>,
            { __p::Is::<(Context<Jokes, (Pun,)>, Jokes)>::__CONTEXT },
        > as __p::StepContext<Jokes>>::Sends,
        {
            __p::Is::<
                <__p::Known<
                    Context<Jokes, (Pun,)>,
                    { __p::Is::<(Context<Jokes, (Pun,)>, Jokes)>::__CONTEXT },
                > as __p::StepContext<Jokes>>::Sends,
            >::__LIST || !__p::Is::<Pun>::__LISTED
        },
    > as __p::List>::IS;
    const _: () = <__p::Doubtful<
        String,
        { __p::Is::<Start<String>>::__INPUT || __p::Is::<String>::__PAYLOAD },
    > as __p::InStart>::IS;
    const _: () = <__p::Doubtful<
        Start<String>,
        { __p::Is::<Start<String>>::__INPUT || !__p::Is::<String>::__PAYLOAD },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        Joke,
        {
            __p::Is::<StepResult<OneOf<Joke, Stop<usize>>>>::__OUTPUT
                || __p::Is::<Joke>::__OUTPUT
        },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        usize,
        {
            __p::Is::<StepResult<OneOf<Joke, Stop<usize>>>>::__OUTPUT
                || __p::Is::<usize>::__PAYLOAD
        },
    > as __p::InStop>::IS;
    const _: () = <__p::Doubtful<
        StepResult<OneOf<Joke, Stop<usize>>>,
        {
            __p::Is::<StepResult<OneOf<Joke, Stop<usize>>>>::__OUTPUT
                || !__p::Is::<Joke>::__OUTPUT || !__p::Is::<usize>::__PAYLOAD
        },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        Joke,
        { __p::Is::<OneOf<Joke, Pun>>::__INPUT || __p::Is::<Joke>::__INPUT },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        Pun,
        { __p::Is::<OneOf<Joke, Pun>>::__INPUT || __p::Is::<Pun>::__INPUT },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        OneOf<Joke, Pun>,
        {
            __p::Is::<OneOf<Joke, Pun>>::__INPUT || !__p::Is::<Joke>::__INPUT
                || !__p::Is::<Pun>::__INPUT
        },
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
::workflows_runtime::__refuse_listed! {
    ["emit", "send"]
    ::workflows_runtime::__private::refuse_listed(__known_blocking::NAMES, __CALLED,
    "Jokes", "#[workflow(known_blocking)]")
}
