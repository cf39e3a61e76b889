use workflows_runtime::prelude::*;
impl Approval {
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    async fn ask(
        &self,
        Start(text): Start<String>,
    ) -> (InputRequired<Draft>, InputRequired<String>) {
        (InputRequired(Draft(text.clone())), InputRequired(text))
    }
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    async fn answered(&self, HumanResponse(yes): HumanResponse<bool>) -> Stop<bool> {
        Stop(yes)
    }
    #[allow(clippy::unused_async, clippy::unused_self, clippy::type_complexity)]
    async fn noted(&self, _: HumanResponse<bool>) {}
}
#[doc(hidden)]
#[allow(clippy::all, clippy::pedantic, non_camel_case_types, non_snake_case)]
#[allow(unreachable_patterns, unreachable_code)]
#[allow(private_interfaces, long_running_const_eval)]
const _: () = {
    use ::workflows_runtime::__private::{self as __p, is_not as _, same as _};
    type __Input = __p::carried!(String);
    type __Output = __p::carried!(bool);
    const __STEPS: [__p::Step; 3usize] = [
        __p::Step {
            name: "ask",
            emits: <__p::returned!(
                (InputRequired < Draft >, InputRequired < String >)
            ) as __p::StepOutput>::SHAPE,
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
            name: "answered",
            emits: <__p::returned!(Stop < bool >) as __p::StepOutput>::SHAPE,
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
            name: "noted",
            emits: <__p::returned!(()) as __p::StepOutput>::SHAPE,
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
            <__p::taken!(HumanResponse < bool >) as __p::StepInput>::PORT,
            1usize,
            false,
            <__p::taken!(HumanResponse < bool >) as __p::StepInput>::LEAF,
            __p::Leaf::twin(
                <__p::taken!(HumanResponse < bool >) as __p::StepInput>::LEAF,
                __p::Same::<HumanResponse<bool>, __p::Start<__Input>>::__SAME,
                &[(0u16, __p::Same::<Start<String>, HumanResponse<bool>>::__SAME)],
                1u16,
            ),
        ),
        __p::Leaf::new(
            2u16,
            0u16,
            <__p::taken!(HumanResponse < bool >) as __p::StepInput>::PORT,
            1usize,
            false,
            <__p::taken!(HumanResponse < bool >) as __p::StepInput>::LEAF,
            __p::Leaf::twin(
                <__p::taken!(HumanResponse < bool >) as __p::StepInput>::LEAF,
                __p::Same::<HumanResponse<bool>, __p::Start<__Input>>::__SAME,
                &[
                    (0u16, __p::Same::<Start<String>, HumanResponse<bool>>::__SAME),
                    (1u16, true),
                ],
                2u16,
            ),
        ),
    ];
    const __GRAPH: &__p::Graph<
        3usize,
        3usize,
        { __p::count_edges(&__STEPS) },
        { __p::count_openers(&__STEPS) },
    > = &__p::Graph::new(__STEPS, __LEAVES);
    #[derive(::core::clone::Clone, __p::serde::Serialize, __p::serde::Deserialize)]
    #[serde(crate = "::workflows_runtime::__private::serde", bound = "")]
    pub enum __Event {
        on_ask(__p::taken!(Start < String >)),
        on_answered(__p::taken!(HumanResponse < bool >)),
        on_noted(__p::taken!(HumanResponse < bool >)),
    }
    __p::takes!(
        Approval, __Event::on_ask, Start < String >, { __p::Is:: < Start < String > >
        ::__INPUT }, { __GRAPH.rank(0usize) }
    );
    __p::takes!(
        Approval, __Event::on_answered, HumanResponse < bool >, { __p::Is:: <
        HumanResponse < bool > > ::__INPUT }, { __GRAPH.rank(1usize) }
    );
    __p::takes!(
        Approval, __Event::on_noted, HumanResponse < bool >, { __p::Is:: < HumanResponse
        < bool > > ::__INPUT }, { __GRAPH.rank(2usize) }
    );
    impl __p::Prompts<Draft, { if false { 0usize } else { 0 } }> for Approval {
        fn prompt(prompt: Draft) -> Self::Prompt {
            __p::hold(
                <__p::Flag<
                    { __p::Is::<Draft>::__PAYLOAD },
                > as __p::Carry<Draft>>::carry(prompt),
            )
        }
    }
    impl __p::Prompts<
        String,
        { if false || __p::Same::<Draft, String>::__SAME { 1usize } else { 0 } },
    > for Approval {
        fn prompt(prompt: String) -> Self::Prompt {
            __p::hold(
                <__p::Flag<
                    { __p::Is::<String>::__PAYLOAD },
                > as __p::Carry<String>>::carry(prompt),
            )
        }
    }
    #[automatically_derived]
    impl __p::Workflow for Approval {
        const NAME: &'static str = "Approval";
        type Input = __Input;
        type Output = __Output;
        type Prompt = __p::OneOf<__p::carried!(Draft), __p::carried!(String)>;
        type Resources = ();
        type Event = __Event;
        const TABLE: __p::Table = __GRAPH.table();
        fn slot(event: &__Event) -> u16 {
            match event {
                __Event::on_ask(_) => 0u16,
                __Event::on_answered(_) => 1u16,
                __Event::on_noted(_) => 2u16,
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
                                    __p::send(Self::ask(workflow, __e0)),
                                )
                                .await else { continue };
                            <__p::Flag<
                                {
                                    __GRAPH.is_routed(0usize)
                                        && (!__GRAPH.stops_at(0usize)
                                            || __p::Same::<
                                                <__p::returned!(
                                                    (InputRequired < Draft >, InputRequired < String >)
                                                ) as __p::StepOutput>::Ends,
                                                __p::Present<__Output>,
                                            >::__SAME)
                                },
                            > as __p::Output<
                                (InputRequired<Draft>, InputRequired<String>),
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
                                        HumanResponse<bool>,
                                        Self,
                                    >>::parameter(&mut __events),
                                )
                            };
                            let __p::Option::Some(__output) = __p::run(
                                    &mut __dispatcher,
                                    __p::send(Self::answered(workflow, __e0)),
                                )
                                .await else { continue };
                            <__p::Flag<
                                {
                                    __GRAPH.is_routed(1usize)
                                        && (!__GRAPH.stops_at(1usize)
                                            || __p::Same::<
                                                <__p::returned!(Stop < bool >) as __p::StepOutput>::Ends,
                                                __p::Present<__Output>,
                                            >::__SAME)
                                },
                            > as __p::Output<
                                Stop<bool>,
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
                                        HumanResponse<bool>,
                                        Self,
                                    >>::parameter(&mut __events),
                                )
                            };
                            let __p::Option::Some(__output) = __p::run(
                                    &mut __dispatcher,
                                    __p::send(Self::noted(workflow, __e0)),
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
                        _ => ::core::unreachable!(),
                    };
                    __p::Dispatcher::complete(&mut __dispatcher, __outcome);
                }
            }
        }
    }
    const _: () = __GRAPH.check_start("Approval");
    const _: () = __GRAPH.check_stop("Approval");
    const _: () = __GRAPH.check_leaf(0usize, "Start<String>", "Start<String>");
    const _: () = __GRAPH.check_port(0usize, "Start<String>");
    const _: () = __GRAPH.check_leaf(1usize, "HumanResponse<bool>", "Start<String>");
    const _: () = __GRAPH.check_port(1usize, "HumanResponse<bool>");
    const _: () = __GRAPH.check_leaf(2usize, "HumanResponse<bool>", "Start<String>");
    const _: () = __GRAPH.check_port(2usize, "HumanResponse<bool>");
    const _: () = __GRAPH.check_step(0usize);
    const _: () = __GRAPH
        .check_output(
            0usize,
            <__p::returned!(InputRequired < Draft >) as __p::StepOutput>::SHAPE,
            "InputRequired<Draft>",
            "Stop<bool>",
            __p::Same::<
                <__p::returned!(InputRequired < Draft >) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME,
        );
    const _: () = __GRAPH
        .check_output(
            0usize,
            <__p::returned!(InputRequired < String >) as __p::StepOutput>::SHAPE,
            "InputRequired<String>",
            "Stop<bool>",
            __p::Same::<
                <__p::returned!(InputRequired < String >) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME,
        );
    const _: () = __GRAPH
        .check_whole(
            0usize,
            0
                + <__p::returned!(InputRequired < Draft >) as __p::StepOutput>::SHAPE
                    .events()
                + <__p::returned!(InputRequired < String >) as __p::StepOutput>::SHAPE
                    .events(),
            "(InputRequired<Draft>, InputRequired<String>)",
            "Stop<bool>",
            __p::Same::<
                <__p::returned!(
                    (InputRequired < Draft >, InputRequired < String >)
                ) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME
                || !(true
                    && (!<__p::returned!(
                        InputRequired < Draft >
                    ) as __p::StepOutput>::SHAPE
                        .stops()
                        || __p::Same::<
                            <__p::returned!(
                                InputRequired < Draft >
                            ) as __p::StepOutput>::Ends,
                            __p::Present<__Output>,
                        >::__SAME)
                    && (!<__p::returned!(
                        InputRequired < String >
                    ) as __p::StepOutput>::SHAPE
                        .stops()
                        || __p::Same::<
                            <__p::returned!(
                                InputRequired < String >
                            ) as __p::StepOutput>::Ends,
                            __p::Present<__Output>,
                        >::__SAME)),
        );
    const _: () = __GRAPH.check_step(1usize);
    const _: () = __GRAPH
        .check_output(
            1usize,
            <__p::returned!(Stop < bool >) as __p::StepOutput>::SHAPE,
            "Stop<bool>",
            "Stop<bool>",
            __p::Same::<
                <__p::returned!(Stop < bool >) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME,
        );
    const _: () = __GRAPH
        .check_whole(
            1usize,
            0 + <__p::returned!(Stop < bool >) as __p::StepOutput>::SHAPE.events(),
            "Stop<bool>",
            "Stop<bool>",
            __p::Same::<
                <__p::returned!(Stop < bool >) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME
                || !(true
                    && (!<__p::returned!(Stop < bool >) as __p::StepOutput>::SHAPE
                        .stops()
                        || __p::Same::<
                            <__p::returned!(Stop < bool >) as __p::StepOutput>::Ends,
                            __p::Present<__Output>,
                        >::__SAME)),
        );
    const _: () = __GRAPH.check_step(2usize);
    const _: () = __GRAPH
        .check_whole(
            2usize,
            0,
            "()",
            "Stop<bool>",
            __p::Same::<
                <__p::returned!(()) as __p::StepOutput>::Ends,
                __p::Present<__Output>,
            >::__SAME || !(true),
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
        Draft,
        {
            __p::Is::<(InputRequired<Draft>, InputRequired<String>)>::__OUTPUT
                || __p::Is::<Draft>::__PAYLOAD
        },
    > as __p::InInputRequired>::IS;
    const _: () = <__p::Doubtful<
        String,
        {
            __p::Is::<(InputRequired<Draft>, InputRequired<String>)>::__OUTPUT
                || __p::Is::<String>::__PAYLOAD
        },
    > as __p::InInputRequired>::IS;
    const _: () = <__p::Doubtful<
        (InputRequired<Draft>, InputRequired<String>),
        {
            __p::Is::<(InputRequired<Draft>, InputRequired<String>)>::__OUTPUT
                || !__p::Is::<Draft>::__PAYLOAD || !__p::Is::<String>::__PAYLOAD
        },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        bool,
        { __p::Is::<HumanResponse<bool>>::__INPUT || __p::Is::<bool>::__PAYLOAD },
    > as __p::InHumanResponse>::IS;
    const _: () = <__p::Doubtful<
        HumanResponse<bool>,
        { __p::Is::<HumanResponse<bool>>::__INPUT || !__p::Is::<bool>::__PAYLOAD },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        bool,
        { __p::Is::<Stop<bool>>::__OUTPUT || __p::Is::<bool>::__PAYLOAD },
    > as __p::InStop>::IS;
    const _: () = <__p::Doubtful<
        Stop<bool>,
        { __p::Is::<Stop<bool>>::__OUTPUT || !__p::Is::<bool>::__PAYLOAD },
    > as __p::StepOutput>::IS;
    const _: () = <__p::Doubtful<
        bool,
        { __p::Is::<HumanResponse<bool>>::__INPUT || __p::Is::<bool>::__PAYLOAD },
    > as __p::InHumanResponse>::IS;
    const _: () = <__p::Doubtful<
        HumanResponse<bool>,
        { __p::Is::<HumanResponse<bool>>::__INPUT || !__p::Is::<bool>::__PAYLOAD },
    > as __p::StepInput>::IS;
    const _: () = <__p::Doubtful<
        (),
        { __p::Is::<()>::__OUTPUT },
    > as __p::StepOutput>::IS;
};
::workflows_runtime::__refuse_listed! {
    ["clone"] ::workflows_runtime::__private::refuse_listed(__known_blocking::NAMES,
    __CALLED, "Approval", "#[workflow(known_blocking)]")
}
