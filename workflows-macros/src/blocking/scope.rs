//! The variables around a `#[blocking]` statement: where each is declared, and whether it is used later.

use super::{
    attribute::conditions,
    borrows::Borrows,
    free_names::{bound, find, find_outside, same},
    later_use::{Use, first_use, first_use_after},
};
use proc_macro2::{Ident, Span};
use syn::{Block, Expr, Lifetime, Local, Pat, Stmt};

/// The syntax around the visited statement, outermost first.
#[derive(Default)]
pub(crate) struct Scopes(Vec<Frame>);

struct Frame {
    kind: FrameKind,
    bindings: Vec<Binding>,
}

enum FrameKind {
    /// A block. `next` is the index of the statement after the visited one.
    Block { stmts: Vec<Stmt>, next: usize, rebound: Vec<(usize, Ident)> },
    /// The names that a pattern binds for the frames inside.
    Names,
    /// The body of a loop.
    Loop { label: Option<Lifetime>, condition: Option<Expr>, body: Block },
    /// An expression whose other parts may be evaluated after the visited one.
    Parts(Expr),
    /// A closure or an async block. `return` and `?` leave it.
    Nested,
}

#[derive(Clone)]
pub(crate) struct Binding {
    pub(crate) name: Ident,
    pub(crate) origin: BindingKind,
    /// Declared with `mut` by the user.
    pub(crate) mutable: bool,
    /// Declared again with `mut` by the lowering.
    rebound: bool,
    /// The number of statements up to the `let` that declares it.
    declared_at: Option<usize>,
    /// What its value borrows.
    pub(super) borrows: Borrows,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BindingKind {
    Variable,
    /// A variable without a value so far.
    Uninitialized,
    /// The context parameter.
    Context,
    /// A parameter that borrows a resource or a config.
    Borrowed,
    /// A variable declared with `= &mut ..`.
    Reborrowed,
}

/// The frame and the index of a binding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found(usize, usize);

impl Scopes {
    pub(crate) fn push_block(&mut self, stmts: Vec<Stmt>) {
        self.push(FrameKind::Block { stmts, next: 0, rebound: Vec::new() });
    }

    pub(crate) fn push_loop(&mut self, label: Option<&Lifetime>, condition: Option<&Expr>, body: &Block) {
        let kind = FrameKind::Loop { label: label.cloned(), condition: condition.cloned(), body: body.clone() };
        self.push(kind);
    }

    pub(crate) fn push_parts(&mut self, expr: &Expr) {
        self.push(FrameKind::Parts(expr.clone()));
    }

    pub(crate) fn push_nested(&mut self) {
        self.push(FrameKind::Nested);
    }

    pub(crate) fn push_names(&mut self) {
        self.push(FrameKind::Names);
    }

    fn push(&mut self, kind: FrameKind) {
        self.0.push(Frame { kind, bindings: Vec::new() });
    }

    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }

    /// Ends a block. Returns the variables to declare again, each with the number of statements before it.
    pub(crate) fn pop_block(&mut self) -> Vec<(usize, Ident)> {
        match self.0.pop().map(|frame| frame.kind) {
            Some(FrameKind::Block { rebound, .. }) => rebound,
            _ => Vec::new(),
        }
    }

    /// Moves on to the next statement of the innermost block.
    pub(crate) fn advance(&mut self) {
        if let Some(FrameKind::Block { next, .. }) = self.0.last_mut().map(|frame| &mut frame.kind) {
            *next += 1;
        }
    }

    pub(crate) fn declare(&mut self, pattern: &Pat) {
        self.declare_as(pattern, BindingKind::Variable);
    }

    pub(crate) fn declare_as(&mut self, pattern: &Pat, kind: BindingKind) {
        let Some(frame) = self.0.last_mut() else { return };
        let declared_at = match &frame.kind {
            FrameKind::Block { next, .. } => Some(*next),
            _ => None,
        };
        frame.bindings.extend(bound(pattern).into_iter().map(|pattern| Binding {
            name: pattern.ident.clone(),
            origin: kind,
            mutable: pattern.mutability.is_some(),
            rebound: false,
            declared_at,
            borrows: Borrows::default(),
        }));
    }

    pub(crate) fn declare_local(&mut self, local: &Local) {
        let kind = match local.init.as_ref().map(|init| &*init.expr) {
            None => BindingKind::Uninitialized,
            Some(Expr::Reference(reference))
                // An empty array, or what a pointer refers to, may live forever.
                if reference.mutability.is_some() && !matches!(*reference.expr, Expr::Array(_) | Expr::Unary(_)) =>
            {
                BindingKind::Reborrowed
            }
            Some(_) => BindingKind::Variable,
        };
        // A `let` with a condition may not exist: then the name is that of the variable before it.
        let mut hidden = Vec::new();
        if !conditions(&local.attrs).is_empty() {
            hidden = bound(&local.pat).into_iter().filter_map(|pattern| self.find(&pattern.ident)).collect();
        }
        let hidden: Vec<_> = hidden.into_iter().map(|found| self.binding(found).clone()).collect();
        let known = self.0.last().map_or(0, |frame| frame.bindings.len());
        let mut borrows = Borrows::of_local(local);
        // A static may have any name.
        borrows.reference = borrows.reference.filter(|name| self.find(name).is_some());
        self.declare_as(&local.pat, kind);
        let Some(frame) = self.0.last_mut() else { return };
        if let [binding] = &mut frame.bindings[known..] {
            binding.borrows = borrows;
        }
        for binding in &mut frame.bindings {
            let is_mutable = hidden.iter().any(|hidden| hidden.mutable && same(&hidden.name, &binding.name));
            binding.mutable |= is_mutable;
        }
    }

    /// Takes note of the variables without a value, before one of several branches.
    pub(crate) fn uninitialized(&self) -> Vec<Found> {
        let mut found = Vec::new();
        for (frame, scope) in self.0.iter().enumerate() {
            for (at, binding) in scope.bindings.iter().enumerate() {
                if binding.origin == BindingKind::Uninitialized {
                    found.push(Found(frame, at));
                }
            }
        }
        found
    }

    /// Begins another branch: these variables have no value. Returns those that had one at the end of the branch
    /// before it.
    pub(crate) fn reset(&mut self, uninitialized: &[Found]) -> Vec<Found> {
        let mut initialized = Vec::new();
        for &Found(frame, at) in uninitialized {
            let binding = &mut self.0[frame].bindings[at];
            if binding.origin == BindingKind::Variable {
                binding.origin = BindingKind::Uninitialized;
                initialized.push(Found(frame, at));
            }
        }
        initialized
    }

    /// Ends the last branch: these variables have a value.
    pub(crate) fn set(&mut self, initialized: &[Found]) {
        for &Found(frame, at) in initialized {
            self.0[frame].bindings[at].origin = BindingKind::Variable;
        }
    }

    pub(crate) fn initialize(&mut self, name: &Ident) {
        if let Some(Found(frame, at)) = self.find(name) {
            let binding = &mut self.0[frame].bindings[at];
            if binding.origin == BindingKind::Uninitialized {
                binding.origin = BindingKind::Variable;
            }
        }
    }

    pub(crate) fn is_nested(&self) -> bool {
        self.0.iter().any(|frame| matches!(frame.kind, FrameKind::Nested))
    }

    pub(crate) fn find(&self, name: &Ident) -> Option<Found> {
        self.0.iter().enumerate().rev().find_map(|(frame, scope)| {
            let at = scope.bindings.iter().rposition(|binding| same(&binding.name, name))?;
            Some(Found(frame, at))
        })
    }

    pub(crate) fn binding(&self, Found(frame, at): Found) -> &Binding {
        &self.0[frame].bindings[at]
    }

    /// The mention of a variable that may be the next one after the part whose attribute is at `part`.
    pub(crate) fn used_later(&self, Found(declared, at): Found, part: Span) -> Option<Ident> {
        let name = &self.0[declared].bindings[at].name;
        let mut frame = self.0.len();
        while frame > declared {
            frame -= 1;
            let used = match &self.0[frame].kind {
                FrameKind::Block { stmts, next, .. } => first_use_after(stmts, *next, name, part),
                FrameKind::Parts(expr) => find_outside(expr, name, part).map_or(Use::Unused, Use::Read),
                FrameKind::Loop { condition, body, .. } => again(condition.as_ref(), body, name),
                FrameKind::Names | FrameKind::Nested => Use::Unused,
            };
            match used {
                Use::Read(mention) => return Some(mention),
                Use::Overwritten | Use::Returns => return None,
                Use::Breaks(label) => frame = self.left_loop(frame, label.as_ref()).unwrap_or(frame),
                Use::Continues(label) => frame = self.left_loop(frame, label.as_ref()).map_or(frame, |at| at + 1),
                Use::Shadowed | Use::Unused => {}
            }
        }
        None
    }

    /// The bindings that are declared after this one, which still may refer to it.
    pub(super) fn bindings_after(&self, of: Found) -> impl Iterator<Item = (Found, &Binding)> {
        let frames = self.0.iter().enumerate().skip(of.0);
        let all = frames.flat_map(|(frame, scope)| {
            scope.bindings.iter().enumerate().map(move |(at, binding)| (Found(frame, at), binding))
        });
        all.filter(move |(found, _)| found.0 > of.0 || found.1 > of.1)
    }

    /// The frame of the loop that `break` or `continue` leaves. A label may also be that of a block.
    fn left_loop(&self, from: usize, label: Option<&Lifetime>) -> Option<usize> {
        let is_left = |frame: &Frame| match &frame.kind {
            FrameKind::Loop { label: own, .. } => label.is_none() || own.as_ref() == label,
            _ => false,
        };
        self.0[..from].iter().rposition(is_left)
    }

    /// Makes a variable assignable. Returns whether that is possible.
    pub(crate) fn make_mutable(&mut self, Found(declared, at): Found) -> bool {
        let binding = &self.0[declared].bindings[at];
        // A variable without a value can be assigned once.
        if binding.mutable || binding.rebound || binding.origin == BindingKind::Uninitialized {
            return true;
        }
        let name = binding.name.clone();
        let position = binding.declared_at;
        let block = match position {
            Some(_) => Some(declared),
            None => self.block_of_names(declared),
        };
        let Some(FrameKind::Block { rebound, .. }) = block.map(|block| &mut self.0[block].kind) else { return false };
        rebound.push((position.unwrap_or(0), name));
        self.0[declared].bindings[at].rebound = true;
        true
    }

    /// The block at whose begin the names of a pattern can be declared again.
    fn block_of_names(&self, declared: usize) -> Option<usize> {
        let inner = self.0.get(declared + 1..)?;
        let at = inner.iter().position(|frame| !matches!(frame.kind, FrameKind::Names | FrameKind::Nested))?;
        matches!(inner[at].kind, FrameKind::Block { .. }).then_some(declared + 1 + at)
    }
}

/// The first use of a variable in the next iteration of a loop.
fn again(condition: Option<&Expr>, body: &Block, name: &Ident) -> Use {
    if let Some(mention) = condition.and_then(|condition| find(condition, name)) {
        return Use::Read(mention);
    }
    match first_use(&body.stmts, name) {
        Use::Read(mention) => Use::Read(mention),
        // The loop may also end.
        _ => Use::Unused,
    }
}
