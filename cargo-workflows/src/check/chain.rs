//! A chain of calls from a step to a call that blocks.

use crate::{catalog::Leaf, module::Symbol, program::Program};

/// A blocking call below a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The step, or the `#[nonblocking]` function.
    pub(crate) root: String,
    /// The calls from the step to the blocking call.
    pub(crate) hops: Vec<Hop>,
    pub(crate) leaf: Leaf,
    /// The last hop in a package of the workspace.
    pub(crate) site: usize,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hop {
    pub(crate) caller: String,
    pub(crate) callee: String,
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Finding {
    /// The hop to change.
    pub(crate) fn site(&self) -> &Hop {
        &self.hops[self.site]
    }
}

/// The file and line of a function.
pub(super) fn declaration(program: &Program, symbol: Symbol) -> Option<(String, u32)> {
    let frame = program.frames(program.function(symbol)?.place).last()?;
    Some((program.files()[frame.file as usize].clone(), frame.line))
}
