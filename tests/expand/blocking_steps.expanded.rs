use workflows_runtime::prelude::*;
#[cfg_attr(
    doc,
    doc = "\nThe graph of this workflow:\n\n```mermaid\nflowchart TD\n    step_read[[\"read\"]]\n    event_Start_String_([\"Start&lt;String&gt;\"])\n    event_Start_String_ --> step_read\n    event_Page([\"Page\"])\n    step_read --> event_Page\n    step_embed[[\"embed\"]]\n    event_Page --> step_embed\n    event_Stop_usize_([\"Stop&lt;usize&gt;\"])\n    step_embed --> event_Stop_usize_\n```"
)]
impl Reader {
    fn read(&self, Start(path): Start<String>) -> StepResult<Page> {
        Ok(Page(std::fs::read_to_string(path)?))
    }
    fn embed(&self, ctx: &Context<Self>, page: Page) -> Stop<usize> {
        Stop(page.0.len())
    }
}
#[doc(hidden)]
const _: () = {
    use ::workflows_runtime::__private::{self as __p, Fallback as _};
    const __IS_DECLARED: ::core::primitive::bool = <Reader as __p::Declared>::IS_SHAREABLE;
    type __This = __p::Type<__p::Checked<Reader, { __IS_DECLARED }>>;
    const __IS_SOUND: ::core::primitive::bool = __p::Implements::<__T6>::__SOUND;
    type __Callee = __p::Type<__p::Checked<__This, { __IS_SOUND }>>;
    type __T0 = String;
    type __T1 = usize;
    type __T2 = StepResult<Page>;
    type __T3 = Stop<usize>;
    type __T4 = Context<Reader>;
    type __T5 = Start<String>;
    type __T6 = Page;
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
    type __T4Context = __p::Checked<
        __T4,
        { __p::Implements::<(__T4, __This)>::__CONTEXT },
    >;
    type __T4List = __p::Checked<
        <__p::Accepted<__T4Context> as __p::StepContext<__This>>::Sends,
        {
            __p::Implements::<
                <__p::Accepted<__T4Context> as __p::StepContext<__This>>::Sends,
            >::__LIST
        },
    >;
    type __T5In = __p::Checked<__T5, { __p::Implements::<__T5>::__INPUT }>;
    type __T6In = __p::Checked<__T6, { __p::Implements::<__T6>::__INPUT }>;
    type __T6Out = __p::Checked<__T6, { __p::Implements::<__T6>::__OUTPUT }>;
    type __Input = __p::Accepted<__T0Payload>;
    type __Output = __p::Accepted<__T1Payload>;
    type __RunInput = __p::Type<__p::Checked<__T0, { __IS_START }>>;
    type __RunOutput = __p::Type<__p::Checked<__T1, { __IS_STOP }>>;
    const __STEPS: [__p::Step; 2] = [
        __p::Step::new("read", 1, __p::shape::<__T2Out>()).blocking(false),
        __p::Step::new("embed", 1, __p::shape::<__T3Out>())
            .sends(__p::shape::<__T4List>())
            .blocking(false),
    ];
    const __INPUTS: [__p::EventInput; 2] = [
        __p::event_input::<__T5In>(0, 0)
            .starts(__p::Same::<__T5, __p::Start<__Input>>::__SAME),
        __p::event_input::<__T6In>(1, 0)
            .starts(__p::Same::<__T6, __p::Start<__Input>>::__SAME),
    ];
    __p::graph!(
        "Reader" of __This, [2, 2], "Start<String>" => "Stop<usize>", [__p::Implements::
        < (__T2Out, __Output) > ::__ENDS_WITH, __p::Implements:: < (__T3Out, __Output) >
        ::__ENDS_WITH]
    );
    __p::events!(
        __Event { 0 = on_read(__p::Accepted < __T5In >), 1 = on_embed(__p::Accepted <
        __T6In >) }
    );
    __p::takes!(Reader, __T5, __Event::on_read(__T5In), { __GRAPH.duplicate_index(0) });
    __p::takes!(Reader, __T6, __Event::on_embed(__T6In), { __GRAPH.duplicate_index(1) });
    __p::step_names!(ReaderSteps for __Event { 0 = read, 1 = embed });
    #[automatically_derived]
    impl __p::Workflow for Reader
    where
        __This: __p::Settings,
    {
        const NAME: &'static str = "Reader";
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
                        "fn read(&self, Start(path): Start<String>) -> StepResult<Page>",
                    )
                    .runs_on(__p::RunsOn::BlockingIo),
                __p::StepDetails::new(
                        "",
                        "fn embed(&self, ctx: &Context<Self>, page: Page) -> Stop<usize>",
                    )
                    .runs_on(__p::RunsOn::BlockingCpu("embed")),
            ],
        );
        __p::dispatch!(
            workflow, __dispatcher, { 0 => { | __e0 : __T5In |
            blocking(::workflows_runtime::__private::Kind::Io) Self::read(& workflow,
            __e0) } 1 => { let __context : __T4Context; | __e0 : __T6In |
            blocking(::workflows_runtime::__private::Kind::Pool("embed")) Self::embed(&
            workflow, & __context, __e0) } }
        );
    }
    const _: () = __GRAPH.check_start();
    const _: () = __GRAPH.check_stop();
    const _: () = __GRAPH.check_step(0);
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
                "Page",
                __p::Implements::<(__T6Out, __Output)>::__ENDS_WITH,
            )
    };
    const _: () = {
        let () = <__p::IfAccepted<
            __T6Out,
            __p::Rejected<__T2Out>,
        > as __p::StepOutput>::IS;
        __GRAPH
            .check_output(
                0,
                "StepResult<Page>",
                __p::Implements::<(__T2Out, __Output)>::__ENDS_WITH,
                &[
                    (
                        __p::shape::<__T6Out>(),
                        __p::Implements::<(__T6Out, __Output)>::__ENDS_WITH,
                    ),
                ],
            )
    };
    const _: () = __GRAPH.check_step(1);
    const _: () = <__p::Rejected<__T4Context> as __p::StepContext<__This>>::IS;
    const _: () = {
        let () = <__p::Rejected<__T4List> as __p::List>::IS;
        __GRAPH.check_list(1, 0)
    };
    const _: () = {
        let () = <__p::IfAccepted<__T2Out, __p::Rejected<__T6In>> as __p::StepInput>::IS;
        __GRAPH.check_input(1, "Page")
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
