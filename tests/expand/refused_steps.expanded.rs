use workflows_runtime::prelude::*;
#[cfg_attr(
    doc,
    doc = "\nThe graph of this workflow:\n\n```mermaid\nflowchart TD\n    step_tell[\"tell\"]\n    event_Start_String_([\"Start&lt;String&gt;\"])\n    event_Start_String_ --> step_tell\n    event_Joke([\"Joke\"])\n    step_tell --> event_Joke\n    step_judge[\"judge\"]\n    event_Joke --> step_judge\n    event___p__Placeholder([\"__p::Placeholder\"])\n    event___p__Placeholder --> step_judge\n    event_Stop_usize_([\"Stop&lt;usize&gt;\"])\n    step_judge --> event_Stop_usize_\n```"
)]
impl Jokes {
    async fn tell(&mut self, Start(text): Start<String>) -> Joke {
        Joke { text }
    }
    fn judge(&self, joke: Joke, client: impl Client) -> Stop<usize> {
        Stop(joke.text.len())
    }
}
::core::compile_error! {
    "W018: `#[step]` has no option `worker`\n  help: did you mean `workers`? the options are: `workers`, `timeout`, `queue_timeout`, `retry`, `unchecked`, `allow_blocking`"
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
const _: () = {
    use ::workflows_runtime::__private::{self as __p, Fallback as _};
    const __IS_DECLARED: ::core::primitive::bool = <Jokes as __p::Declared>::IS_SHAREABLE;
    type __This = __p::Type<__p::Checked<Jokes, { __IS_DECLARED }>>;
    const __IS_SOUND: ::core::primitive::bool = __p::Implements::<__T2>::__SOUND
        && __p::Implements::<__T5>::__SOUND;
    type __Callee = __p::Type<__p::Checked<__This, { __IS_SOUND }>>;
    type __T0 = String;
    type __T1 = usize;
    type __T2 = Joke;
    type __T3 = Stop<usize>;
    type __T4 = Start<String>;
    type __T5 = __p::Placeholder;
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
    type __T3Out = __p::Checked<__T3, { __p::Implements::<__T3>::__OUTPUT }>;
    type __T4In = __p::Checked<__T4, { __p::Implements::<__T4>::__INPUT }>;
    type __T2In = __p::Checked<__T2, { __p::Implements::<__T2>::__INPUT }>;
    type __T5In = __p::Checked<__T5, { __p::Implements::<__T5>::__INPUT }>;
    type __Input = __p::Accepted<__T0Payload>;
    type __Output = __p::Accepted<__T1Payload>;
    type __RunInput = __p::Type<__p::Checked<__T0, { __IS_START }>>;
    type __RunOutput = __p::Type<__p::Checked<__T1, { __IS_STOP }>>;
    const __STEPS: [__p::Step; 2] = [
        __p::Step::new("tell", 1, __p::shape::<__T2Out>()),
        __p::Step::new("judge", 2, __p::shape::<__T3Out>()),
    ];
    const __INPUTS: [__p::EventInput; 3] = [
        __p::event_input::<__T4In>(0, 0)
            .starts(__p::Same::<__T4, __p::Start<__Input>>::__SAME),
        __p::event_input::<__T2In>(1, 0)
            .starts(__p::Same::<__T2, __p::Start<__Input>>::__SAME),
        __p::event_input::<__T5In>(1, 1)
            .starts(__p::Same::<__T5, __p::Start<__Input>>::__SAME),
    ];
    __p::graph!(
        "Jokes" of __This, [2, 3], "Start<String>" => "Stop<usize>", [__p::Implements:: <
        (__T2Out, __Output) > ::__ENDS_WITH, __p::Implements:: < (__T3Out, __Output) >
        ::__ENDS_WITH]
    );
    __p::events!(
        __Event { 0 = on_tell(__p::Accepted < __T4In >), 1 = on_judge(__p::Accepted <
        __T2In >), 2 = on_judge__1(__p::Accepted < __T5In >) }
    );
    __p::takes!(Jokes, __T4, __Event::on_tell(__T4In), { __GRAPH.duplicate_index(0) });
    __p::takes!(Jokes, __T2, __Event::on_judge(__T2In), { __GRAPH.duplicate_index(1) });
    __p::takes!(
        Jokes, __T5, __Event::on_judge__1(__T5In), { __GRAPH.duplicate_index(2) }
    );
    __p::step_names!(JokesSteps for __Event { 0 = tell, 1 = judge });
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
                    "async fn tell(&mut self, Start(text): Start<String>) -> Joke",
                ),
                __p::StepDetails::new(
                    "",
                    "fn judge(&self, joke: Joke, client: impl Client) -> Stop<usize>",
                ),
            ],
        );
        __p::dispatch!(workflow, __dispatcher, {});
    }
    const _: () = __GRAPH.check_start();
    const _: () = __GRAPH.check_stop();
    const _: () = __GRAPH.check_step(0);
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
        let () = <__p::Rejected<__T2Out> as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                0,
                "Joke",
                __p::Implements::<(__T2Out, __Output)>::__ENDS_WITH,
                &[],
            )
    };
    const _: () = __GRAPH.check_step(1);
    const _: () = {
        let () = <__p::IfAccepted<__T2Out, __p::Rejected<__T2In>> as __p::StepInput>::IS;
        __GRAPH.check_input(1, "Joke")
    };
    const _: () = {
        let () = <__p::Rejected<__T5In> as __p::StepInput>::IS;
        __GRAPH.check_input(2, "__p::Placeholder")
    };
    const _: () = <__p::IfRejected<
        __T3Out,
        __p::Rejected<__T1Payload>,
    > as __p::InStop>::IS;
    const _: () = {
        let () = <__p::IfAccepted<
            __T1Payload,
            __p::Rejected<__T3Out>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                1,
                "Stop<usize>",
                __p::Implements::<(__T3Out, __Output)>::__ENDS_WITH,
                &[],
            )
    };
};
