use workflows_runtime::prelude::*;
#[cfg_attr(
    doc,
    doc = "\nThe graph of this workflow:\n\n```mermaid\nflowchart TD\n    step_tell[\"tell\"]\n    event_Start_String_([\"Start&lt;String&gt;\"])\n    event_Start_String_ --> step_tell\n    event_Joke([\"Joke\"])\n    step_tell --> event_Joke\n    event_Stop_usize_([\"Stop&lt;usize&gt;\"])\n    step_tell --> event_Stop_usize_\n    event_Pun([\"Pun\"])\n    step_tell --> event_Pun\n    step_judge[\"judge\"]\n    event_Joke --> step_judge\n    event_Pun --> step_judge\n    step_judge --> event_Stop_usize_\n```"
)]
impl Jokes {
    async fn tell(
        &self,
        ctx: &Context<Self, (Pun,)>,
        Start(text): Start<String>,
    ) -> StepResult<OneOf<Joke, Stop<usize>>> {
        ctx.send(Pun);
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
        Ok(Joke { text }.emit())
    }
    async fn judge(&self, any: OneOf<Joke, Pun>) -> Stop<usize> {
        Stop(3)
    }
}
#[doc(hidden)]
const _: () = {
    use ::workflows_runtime::__private::{self as __p, Fallback as _};
    const __IS_DECLARED: ::core::primitive::bool = <Jokes as __p::Declared>::IS_SHAREABLE;
    type __This = __p::Type<__p::Checked<Jokes, { __IS_DECLARED }>>;
    const __IS_SOUND: ::core::primitive::bool = __p::Implements::<__T6>::__SOUND
        && __p::Implements::<__T8>::__SOUND;
    type __Callee = __p::Type<__p::Checked<__This, { __IS_SOUND }>>;
    type __T0 = String;
    type __T1 = usize;
    type __T2 = StepResult<OneOf<Joke, Stop<usize>>>;
    type __T3 = Context<Jokes, (Pun,)>;
    type __T4 = Stop<usize>;
    type __T5 = Start<String>;
    type __T6 = Joke;
    type __T7 = OneOf<Joke, Pun>;
    type __T8 = Pun;
    type __T0Payload = __p::Checked<__T0, { __p::Implements::<__T0>::__PAYLOAD }>;
    type __T1Payload = __p::Checked<__T1, { __p::Implements::<__T1>::__PAYLOAD }>;
    const __IS_START: ::core::primitive::bool = {
        let () = <__p::Rejected<__T0Payload> as __p::InStart>::IS;
        true
    };
    const __IS_STOP: ::core::primitive::bool = {
        let () = <__p::Rejected<__T1Payload> as __p::InStop>::IS;
        true
    };
    type __T2Out = __p::Checked<__T2, { __p::Implements::<__T2>::__OUTPUT }>;
    type __T3Context = __p::Checked<
        __T3,
        { __p::Implements::<(__T3, __This)>::__CONTEXT },
    >;
    type __T3List = __p::Checked<
        <__p::Accepted<__T3Context> as __p::StepContext<__This>>::Sends,
        {
            __p::Implements::<
                <__p::Accepted<__T3Context> as __p::StepContext<__This>>::Sends,
            >::__LIST
        },
    >;
    type __T4Out = __p::Checked<__T4, { __p::Implements::<__T4>::__OUTPUT }>;
    type __T5In = __p::Checked<__T5, { __p::Implements::<__T5>::__INPUT }>;
    type __T6In = __p::Checked<__T6, { __p::Implements::<__T6>::__INPUT }>;
    type __T7In = __p::Checked<__T7, { __p::Implements::<__T7>::__INPUT }>;
    type __T8In = __p::Checked<__T8, { __p::Implements::<__T8>::__INPUT }>;
    type __T8Listed = __p::Checked<__T8, { __p::Implements::<__T8>::__LISTED }>;
    type __T6Out = __p::Checked<__T6, { __p::Implements::<__T6>::__OUTPUT }>;
    type __Input = __p::Accepted<__T0Payload>;
    type __Output = __p::Accepted<__T1Payload>;
    type __RunInput = __p::Type<__p::Checked<__T0, { __IS_START }>>;
    type __RunOutput = __p::Type<__p::Checked<__T1, { __IS_STOP }>>;
    const __STEPS: [__p::Step; 2] = [
        __p::Step::new("tell", 1, __p::shape::<__T2Out>())
            .sends(__p::shape::<__T3List>()),
        __p::Step::new("judge", 1, __p::shape::<__T4Out>()),
    ];
    const __INPUTS: [__p::EventInput; 3] = [
        __p::event_input::<__T5In>(0, 0)
            .starts(__p::Same::<__T5, __p::Start<__Input>>::__SAME),
        __p::event_input::<__T6In>(1, 0)
            .in_parameter(__p::port::<__T7In>(), 2, false)
            .starts(__p::Same::<__T6, __p::Start<__Input>>::__SAME),
        __p::event_input::<__T8In>(1, 0)
            .in_parameter(__p::port::<__T7In>(), 2, false)
            .starts(__p::Same::<__T8, __p::Start<__Input>>::__SAME),
    ];
    __p::graph!(
        "Jokes" of __This, [2, 3], "Start<String>" => "Stop<usize>", [__p::Implements:: <
        (__T2Out, __Output) > ::__ENDS_WITH, __p::Implements:: < (__T4Out, __Output) >
        ::__ENDS_WITH]
    );
    __p::events!(
        __Event { 0 = on_tell(__p::Accepted < __T5In >), 1 = on_judge(__p::Accepted <
        __T6In >), 2 = on_judge__1(__p::Accepted < __T8In >) }
    );
    __p::takes!(Jokes, __T5, __Event::on_tell(__T5In), { __GRAPH.duplicate_index(0) });
    __p::takes!(Jokes, __T6, __Event::on_judge(__T6In), { __GRAPH.duplicate_index(1) });
    __p::takes!(
        Jokes, __T8, __Event::on_judge__1(__T8In), { __GRAPH.duplicate_index(2) }
    );
    __p::step_names!(JokesSteps for __Event { 0 = tell, 1 = judge });
    fn __call0<'workflow>(
        workflow: &'workflow __p::Instance<__This>,
        __argument0: &'workflow __T3,
        __argument1: __T5,
    ) -> impl ::core::future::Future<Output = __T2> + ::core::marker::Send + 'workflow {
        __p::send(__Callee::tell(workflow, __argument0, __argument1))
    }
    fn __call1<'workflow>(
        workflow: &'workflow __p::Instance<__This>,
        __argument0: __T7,
    ) -> impl ::core::future::Future<Output = __T4> + ::core::marker::Send + 'workflow {
        __p::send(__Callee::judge(workflow, __argument0))
    }
    #[automatically_derived]
    impl __p::Workflow for Jokes
    where
        __This: __p::Settings,
    {
        const NAME: &'static str = "Jokes";
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
        type Resources = ();
        type Event = __p::Type<__p::Checked<__Event, { __IS_SOUND }>>;
        const TABLE: __p::Table = __GRAPH.table();
        const DETAILS: __p::Details = __p::Details::new(
            &[
                __p::StepDetails::new(
                    "",
                    "async fn tell(&self, ctx: &Context<Self, (Pun)>, Start(text): Start<String>) -> StepResult<OneOf<Joke, Stop<usize>>>",
                ),
                __p::StepDetails::new(
                    "",
                    "async fn judge(&self, any: OneOf<Joke, Pun>) -> Stop<usize>",
                ),
            ],
        );
        __p::dispatch!(
            workflow, __dispatcher, { 0 => { let __context : __T3Context; | __e0 : __T5In
            | __call0(workflow, & __context, __e0) } 1 => { | __e0 : __T7In |
            __call1(workflow, __e0) } }
        );
    }
    const _: () = __GRAPH.check_start();
    const _: () = __GRAPH.check_stop();
    const _: () = __GRAPH.check_step(0);
    const _: () = <__p::Rejected<__T3Context> as __p::StepContext<__This>>::IS;
    const _: () = <__p::IfRejected<
        __T3List,
        __p::Rejected<__T8Listed>,
    > as __p::Listed>::IS;
    const _: () = {
        let () = <__p::IfAccepted<__T8Listed, __p::Rejected<__T3List>> as __p::List>::IS;
        __GRAPH.check_list(0, 0)
    };
    const _: () = <__p::IfRejected<
        __T5In,
        __p::Rejected<__T0Payload>,
    > as __p::InStart>::IS;
    const _: () = {
        let () = <__p::IfAccepted<
            __T0Payload,
            __p::Rejected<__T5In>,
        > as __p::StepInput>::IS;
        __GRAPH.check_input(0, "Start<String>")
    };
    const _: () = {
        let () = <__p::IfRejected<
            __T2Out,
            __p::Rejected<__T6Out>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_emitted(
                0,
                __p::shape::<__T6Out>(),
                "Joke",
                __p::Implements::<(__T6Out, __Output)>::__ENDS_WITH,
            )
    };
    const _: () = <__p::IfRejected<
        __T2Out,
        __p::Rejected<__T1Payload>,
    > as __p::InStop>::IS;
    const _: () = __GRAPH
        .check_emitted(
            0,
            __p::shape::<__T4Out>(),
            "Stop<usize>",
            __p::Implements::<(__T4Out, __Output)>::__ENDS_WITH,
        );
    const _: () = {
        let () = <__p::IfAccepted<
            __T1Payload,
            __p::IfAccepted<__T6Out, __p::Rejected<__T2Out>>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                0,
                "StepResult<OneOf<Joke, Stop<usize>>>",
                __p::Implements::<(__T2Out, __Output)>::__ENDS_WITH,
                &[
                    (
                        __p::shape::<__T6Out>(),
                        __p::Implements::<(__T6Out, __Output)>::__ENDS_WITH,
                    ),
                    (
                        __p::shape::<__T4Out>(),
                        __p::Implements::<(__T4Out, __Output)>::__ENDS_WITH,
                    ),
                ],
            )
    };
    const _: () = __GRAPH.check_step(1);
    const _: () = {
        let () = <__p::IfAccepted<
            __T2Out,
            __p::IfRejected<__T7In, __p::Rejected<__T6In>>,
        > as __p::StepInput>::IS;
        __GRAPH.check_event(1, "Joke")
    };
    const _: () = {
        let () = <__p::IfRejected<__T7In, __p::Rejected<__T8In>> as __p::StepInput>::IS;
        __GRAPH.check_event(2, "Pun")
    };
    const _: () = {
        let () = <__p::IfAccepted<
            __T8In,
            __p::IfAccepted<__T6In, __p::Rejected<__T7In>>,
        > as __p::StepInput>::IS;
        __GRAPH.check_parameter(1, "OneOf<Joke, Pun>")
    };
    const _: () = <__p::IfRejected<
        __T4Out,
        __p::Rejected<__T1Payload>,
    > as __p::InStop>::IS;
    const _: () = {
        let () = <__p::IfAccepted<
            __T1Payload,
            __p::Rejected<__T4Out>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                1,
                "Stop<usize>",
                __p::Implements::<(__T4Out, __Output)>::__ENDS_WITH,
                &[],
            )
    };
};
::workflows_runtime::__refuse_listed! {
    ["emit", "send"]
    ::workflows_runtime::__private::refuse_listed(__known_blocking::NAMES, __CALLED,
    "Jokes", "#[workflow(known_blocking)]")
}
