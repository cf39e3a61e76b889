//! What a step's signature may hold: the types that it takes and returns, as `const` data for the
//! graph, and the messages for types that it may not hold.

mod context_list;
mod diagnostics;
mod factory;
mod input;
mod output;
mod stand_in;

pub use self::{
    context_list::{List, Listed},
    diagnostics::{
        Carried, Failing, InHumanResponse, InInputRequired, InStart, InStop, NotAContext, NotAPrompt, NotAStart,
        NotATuple, NotAnOption, RefusedState, RunState, StateOf, TakenByValue, awaited, is_no_state, no_known_blocking,
        refuse_listed,
    },
    factory::{ConfigType, Copied, CopiedConfig, Lend, Make, Maker, Parts, Shareable},
    input::{Absent, Present, Role, StepInput},
    output::StepOutput,
    stand_in::{Begin, Carry, Doubtful, Flag, Given, Input, Is, Known, Output, Unknown, is_not},
};
