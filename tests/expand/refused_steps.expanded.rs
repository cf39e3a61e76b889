use workflows_runtime::prelude::*;
impl Jokes {
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    async fn tell(&mut self, Start(text): Start<String>) -> Joke {
        Joke { text }
    }
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    fn judge(&self, joke: Joke, client: impl Client) -> Stop<usize> {
        Stop(joke.text.len())
    }
}
::core::compile_error! {
    "W018: `#[step]` has no option `worker`\n  help: did you mean `workers`? the options are: `workers`, `timeout`, `retry`, `unchecked`, `allow_blocking`"
}
::core::compile_error! {
    "W014: step `tell` takes `&mut self`, but steps run concurrently\n  help: take `&self`, and change the run's state: `ctx.state().update(..)`"
}
::core::compile_error! {
    "W015: step `judge` is generic, but the types of a step are part of the graph\n  help: write the concrete type"
}
::core::compile_error! {
    "W010: step `judge` is not `async`: it would block the async executor\n  help: write `async fn`, or declare where it runs: `#[blocking(io)]` if it waits, `#[blocking(cpu)]` if it computes"
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
            emits: <__p::returned!(Joke) as __p::StepOutput>::SHAPE,
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
            name: "judge",
            emits: <__p::returned!(Stop < usize >) as __p::StepOutput>::SHAPE,
            sends: <() as __p::StepOutput>::SHAPE,
            ports: 2u16,
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
            <__p::taken!(Joke) as __p::StepInput>::PORT,
            1usize,
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
            1u16,
            <__p::taken!(__p::Unknown) as __p::StepInput>::PORT,
            1usize,
            false,
            <__p::taken!(__p::Unknown) as __p::StepInput>::LEAF,
            __p::Leaf::twin(
                <__p::taken!(__p::Unknown) as __p::StepInput>::LEAF,
                __p::Same::<__p::Unknown, __p::Start<__Input>>::__SAME,
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
        on_judge__1(__p::taken!(__p::Unknown)),
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
        Jokes, __Event::on_judge__1, __p::Unknown, { __p::Is:: < __p::Unknown > ::__INPUT
        }, { __GRAPH.rank(2usize) }
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
    const _: () = __GRAPH.check_port(1usize, "Joke");
    const _: () = __GRAPH.check_leaf(2usize, "__p::Unknown", "Start<String>");
    const _: () = __GRAPH.check_port(2usize, "__p::Unknown");
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
        .check_whole(
            0usize,
            0 + <__p::returned!(Joke) as __p::StepOutput>::SHAPE.events(),
            "Joke",
            "Stop<usize>",
            __p::Same::<
                <__p::returned!(Joke) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME
                || !(true
                    && (!<__p::returned!(Joke) as __p::StepOutput>::SHAPE.stops()
                        || __p::Same::<
                            <__p::returned!(Joke) as __p::StepOutput>::Ends,
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
        { __p::Is::<Joke>::__OUTPUT || __p::Is::<Joke>::__OUTPUT },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        Joke,
        { __p::Is::<Joke>::__INPUT || __p::Is::<Joke>::__INPUT },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        __p::Unknown,
        { __p::Is::<__p::Unknown>::__INPUT || __p::Is::<__p::Unknown>::__INPUT },
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
