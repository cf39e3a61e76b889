//! The workflow in the graph of a generic one.

use super::{Instance, Settings, Workflow};
use crate::{event::Never, graph::Table, run::Dispatcher, sealed::Sealed, state::StateMap};

/// Takes the place of a generic workflow in the types from which its graph is built.
///
/// Constants that depend on a type parameter are evaluated for each argument, when a program uses it. The graph is
/// checked where it is declared instead, so its types name no parameter. `Context<Self>` is the only one that does.
/// It has no values and never runs.
#[derive(Debug)]
pub enum Generic {}

#[diagnostic::do_not_recommend]
impl Sealed for Generic {}

impl Settings for Generic {
    type State = StateMap;
    type Stream = Never;
}

impl Workflow for Generic {
    const NAME: &'static str = "Generic";
    type Input = ();
    type Output = ();
    type HeldOutput = ();
    type Prompt = Never;
    type HeldPrompt = Never;
    type Steps = ();
    type Resources = ();
    type Event = Never;
    const TABLE: Table = Table::EMPTY;

    fn steps() {}

    fn start_event((): ()) -> Never {
        unreachable!("has no values")
    }

    async fn dispatch<'a, D: Dispatcher<Workflow = Self> + 'a>(workflow: &'a Instance<Self>, _: D) -> D::End {
        match **workflow {}
    }
}
