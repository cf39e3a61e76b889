use workflows_runtime::prelude::*;
type Begin = Start<String>;
type Ask = InputRequired<String>;
type End = Stop<usize>;
impl Aliases {
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    async fn begin(&self, Start(text): Begin) -> Result<Ask> {
        Ok(InputRequired(text))
    }
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    async fn end(&self, HumanResponse(answer): HumanResponse<String>) -> End {
        Stop(answer.len())
    }
}
#[doc(hidden)]
#[allow(clippy::all, clippy::pedantic, non_camel_case_types, non_snake_case)]
#[allow(unreachable_patterns, unreachable_code)]
#[allow(private_interfaces, long_running_const_eval)]
const _: () = {
    use ::workflows_runtime::__private::{self as __p, is_not as _, same as _};
    type __Input = <<<__p::Absent as __p::Role>::Or<
        <__p::taken!(Begin) as __p::StepInput>::Begins,
    > as __p::Role>::Or<
        <__p::taken!(HumanResponse < String >) as __p::StepInput>::Begins,
    > as __p::Role>::Type;
    type __Output = <<<<__p::Absent as __p::Role>::Or<
        <__p::returned!(Ask) as __p::StepOutput>::Ends,
    > as __p::Role>::Or<
        <__p::returned!(End) as __p::StepOutput>::Ends,
    > as __p::Role>::Or<
        <__p::returned!(Result < Ask >) as __p::StepOutput>::Ends,
    > as __p::Role>::Type;
    const __STEPS: [__p::Step; 2usize] = [
        __p::Step {
            name: "begin",
            emits: <__p::returned!(Result < Ask >) as __p::StepOutput>::SHAPE,
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
            name: "end",
            emits: <__p::returned!(End) as __p::StepOutput>::SHAPE,
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
    const __LEAVES: [__p::Leaf; 2usize] = [
        __p::Leaf::new(
            0u16,
            0u16,
            <__p::taken!(Begin) as __p::StepInput>::PORT,
            1usize,
            false,
            <__p::taken!(Begin) as __p::StepInput>::LEAF,
            __p::Leaf::twin(
                <__p::taken!(Begin) as __p::StepInput>::LEAF,
                __p::Same::<Begin, __p::Start<__Input>>::__SAME,
                &[],
                0u16,
            ),
        ),
        __p::Leaf::new(
            1u16,
            0u16,
            <__p::taken!(HumanResponse < String >) as __p::StepInput>::PORT,
            1usize,
            false,
            <__p::taken!(HumanResponse < String >) as __p::StepInput>::LEAF,
            __p::Leaf::twin(
                <__p::taken!(HumanResponse < String >) as __p::StepInput>::LEAF,
                __p::Same::<HumanResponse<String>, __p::Start<__Input>>::__SAME,
                &[(0u16, __p::Same::<Begin, HumanResponse<String>>::__SAME)],
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
        on_begin(__p::taken!(Begin)),
        on_end(__p::taken!(HumanResponse < String >)),
    }
    __p::takes!(
        Aliases, __Event::on_begin, Begin, { __p::Is:: < Begin > ::__INPUT }, { __GRAPH
        .rank(0usize) }
    );
    __p::takes!(
        Aliases, __Event::on_end, HumanResponse < String >, { __p::Is:: < HumanResponse <
        String > > ::__INPUT }, { __GRAPH.rank(1usize) }
    );
    impl __p::Prompts<
        <<<__p::Absent as __p::Role>::Or<
            <__p::returned!(Ask) as __p::StepOutput>::Asks,
        > as __p::Role>::Or<
            <__p::returned!(End) as __p::StepOutput>::Asks,
        > as __p::Role>::Type,
        0,
    > for Aliases {
        fn prompt(prompt: Self::Prompt) -> Self::Prompt {
            prompt
        }
    }
    #[automatically_derived]
    impl __p::Workflow for Aliases {
        const NAME: &'static str = "Aliases";
        type Input = __Input;
        type Output = __Output;
        type Prompt = <<<__p::Absent as __p::Role>::Or<
            <__p::returned!(Ask) as __p::StepOutput>::Asks,
        > as __p::Role>::Or<
            <__p::returned!(End) as __p::StepOutput>::Asks,
        > as __p::Role>::Type;
        type Resources = ();
        type Event = __Event;
        const TABLE: __p::Table = __GRAPH.table();
        fn slot(event: &__Event) -> u16 {
            match event {
                __Event::on_begin(_) => 0u16,
                __Event::on_end(_) => 1u16,
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
                                    > as __p::Input<Begin, Self>>::parameter(&mut __events),
                                )
                            };
                            let __p::Option::Some(__output) = __p::run(
                                    &mut __dispatcher,
                                    __p::send(Self::begin(workflow, __e0)),
                                )
                                .await else { continue };
                            <__p::Flag<
                                {
                                    __GRAPH.is_routed(0usize)
                                        && (!__GRAPH.stops_at(0usize)
                                            || __p::Same::<
                                                <__p::returned!(Result < Ask >) as __p::StepOutput>::Ends,
                                                __p::Present<__Output>,
                                            >::__SAME)
                                },
                            > as __p::Output<
                                Result<Ask>,
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
                                        HumanResponse<String>,
                                        Self,
                                    >>::parameter(&mut __events),
                                )
                            };
                            let __p::Option::Some(__output) = __p::run(
                                    &mut __dispatcher,
                                    __p::send(Self::end(workflow, __e0)),
                                )
                                .await else { continue };
                            <__p::Flag<
                                {
                                    __GRAPH.is_routed(1usize)
                                        && (!__GRAPH.stops_at(1usize)
                                            || __p::Same::<
                                                <__p::returned!(End) as __p::StepOutput>::Ends,
                                                __p::Present<__Output>,
                                            >::__SAME)
                                },
                            > as __p::Output<
                                End,
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
    const _: () = __GRAPH.check_start("Aliases");
    const _: () = __GRAPH.check_stop("Aliases");
    const _: () = __GRAPH.check_leaf(0usize, "Begin", "");
    const _: () = __GRAPH.check_port(0usize, "Begin");
    const _: () = __GRAPH.check_leaf(1usize, "HumanResponse<String>", "");
    const _: () = __GRAPH.check_port(1usize, "HumanResponse<String>");
    const _: () = __GRAPH.check_step(0usize);
    const _: () = __GRAPH
        .check_output(
            0usize,
            <__p::returned!(Ask) as __p::StepOutput>::SHAPE,
            "Ask",
            "",
            __p::Same::<
                <__p::returned!(Ask) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME,
        );
    const _: () = __GRAPH
        .check_whole(
            0usize,
            0 + <__p::returned!(Ask) as __p::StepOutput>::SHAPE.events(),
            "Result<Ask>",
            "",
            __p::Same::<
                <__p::returned!(Result < Ask >) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME
                || !(true
                    && (!<__p::returned!(Ask) as __p::StepOutput>::SHAPE.stops()
                        || __p::Same::<
                            <__p::returned!(Ask) as __p::StepOutput>::Ends,
                            __p::Present<__Output>,
                        >::__SAME)),
        );
    const _: () = __GRAPH.check_step(1usize);
    const _: () = __GRAPH
        .check_output(
            1usize,
            <__p::returned!(End) as __p::StepOutput>::SHAPE,
            "End",
            "",
            __p::Same::<
                <__p::returned!(End) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME,
        );
    const _: () = __GRAPH
        .check_whole(
            1usize,
            0 + <__p::returned!(End) as __p::StepOutput>::SHAPE.events(),
            "End",
            "",
            __p::Same::<
                <__p::returned!(End) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME
                || !(true
                    && (!<__p::returned!(End) as __p::StepOutput>::SHAPE.stops()
                        || __p::Same::<
                            <__p::returned!(End) as __p::StepOutput>::Ends,
                            __p::Present<__Output>,
                        >::__SAME)),
        );
    const _: () = <__p::Doubtful<
        Begin,
        { __p::Is::<Begin>::__INPUT || __p::Is::<Begin>::__INPUT },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        Ask,
        { __p::Is::<Result<Ask>>::__OUTPUT || __p::Is::<Ask>::__OUTPUT },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        Result<Ask>,
        { __p::Is::<Result<Ask>>::__OUTPUT || !__p::Is::<Ask>::__OUTPUT },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        String,
        { __p::Is::<HumanResponse<String>>::__INPUT || __p::Is::<String>::__PAYLOAD },
    > as __p::InHumanResponse>::IS;
    const _: () = <__p::Doubtful<
        HumanResponse<String>,
        { __p::Is::<HumanResponse<String>>::__INPUT || !__p::Is::<String>::__PAYLOAD },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        End,
        { __p::Is::<End>::__OUTPUT || __p::Is::<End>::__OUTPUT },
    > as __p::StepOutput>::IS;
};
::workflows_runtime::__refuse_listed! {
    ["len"] ::workflows_runtime::__private::refuse_listed(__known_blocking::NAMES,
    __CALLED, "Aliases", "#[workflow(known_blocking)]")
}
