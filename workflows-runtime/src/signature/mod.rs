//! The types in a step's signature: those that it takes and returns, as `const` data for the
//! graph, and the messages for types that it may not hold.

mod checked;
mod context_list;
mod diagnostics;
mod factory;
mod implements;
mod input;
mod output;
mod proof;

#[cfg(feature = "testing")]
pub(crate) use self::input::FromEvents;
#[cfg(feature = "testing")]
pub use self::output::Emit;
pub use self::{
    checked::{
        Accepted, Checkable, Checked, HiddenList, IfAccepted, IfRejected, Placeholder, Rejected, Type, event_input,
        failed_input, port, shape,
    },
    context_list::{List, Listed, VisibleList},
    diagnostics::{
        Declared, Failing, InHumanResponse, InInputRequired, InStart, InStop, NotAContext, NotAPrompt, NotAStart,
        NotATuple, NotAnOption, RefusedState, RunState, RunStream, StateOf, TakenByValue, WorkflowField, awaited,
        no_known_blocking, refuse_listed,
    },
    factory::{
        CloneConfig, ConfigType, CopiedConfig, FactoryOutput, Failure, Lent, LentBy, LentType, MakeValue, NotLent,
        Shareable, Value,
    },
    implements::{Fallback, Implements, Lends, Same},
    input::{Absent, Present, Role, StepInput},
    output::StepOutput,
    proof::{MakeContext, Proof, StartEvent, TakeInput, call, call_with_context},
};
