//! Blocks of a body, and where their probes go.
//!
//! The probe of a variable goes to the end of the block that declares it, if nothing hides the name there: the
//! code in between may decide the type, as in `BufReader::new(Default::default())`.

use super::{attribute::conditions_of, names::Bound, probe};
use crate::visit::Visit;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use std::collections::HashSet;
use syn::{Attribute, Block, Expr, Local, Stmt};

pub(crate) struct Frame {
    /// How many `unsafe` parts, and parts with a `cfg`, are around the block.
    within: (usize, usize),
    /// The names that each of the following statements declares in the block.
    declared: std::vec::IntoIter<HashSet<String>>,
    /// The names that the current statement binds.
    bound: HashSet<String>,
    /// The conditions of the current statement.
    conditions: Vec<Attribute>,
    in_front: Vec<Stmt>,
    at_end: Vec<(Vec<Attribute>, TokenStream, Span)>,
}

impl Frame {
    pub(crate) fn of(block: &Block, within: (usize, usize)) -> Self {
        let declared: Vec<_> = block.stmts.iter().map(declared).collect();
        Self {
            within,
            declared: declared.into_iter(),
            bound: HashSet::new(),
            conditions: Vec::new(),
            in_front: Vec::new(),
            at_end: Vec::new(),
        }
    }

    /// Enters a statement.
    pub(crate) fn begin(&mut self, stmt: &Stmt) {
        self.declared.next();
        self.bound = Bound::in_stmt(stmt);
        self.conditions = match stmt {
            Stmt::Local(local) => super::attribute::conditions(&local.attrs),
            Stmt::Macro(invocation) => super::attribute::conditions(&invocation.attrs),
            Stmt::Expr(expr, _) => conditions_of(expr),
            Stmt::Item(_) => Vec::new(),
        };
    }

    /// Whether the name means the same at the end of the block.
    fn reaches_end(&self, name: &Ident) -> bool {
        let name = name.to_string();
        !self.bound.contains(&name) && !self.declared.as_slice().iter().any(|declared| declared.contains(&name))
    }

    /// Finds the outermost block at whose end `name` means the same as now. Outside of a closure, a probe does not
    /// change the captures of the closure.
    pub(crate) fn outermost<'a>(frames: &'a mut [Self], name: &Ident, within: (usize, usize)) -> Option<&'a mut Self> {
        let depth = Self::outermost_depth(frames, name, within)?;
        frames.get_mut(depth)
    }

    /// The number of blocks around that one.
    pub(crate) fn outermost_depth(frames: &[Self], name: &Ident, within: (usize, usize)) -> Option<usize> {
        let mut found = None;
        for (at, frame) in frames.iter().enumerate().rev() {
            if frame.within != within || !frame.reaches_end(name) {
                break;
            }
            found = Some(at);
            if !frame.conditions.is_empty() {
                break;
            }
        }
        found
    }

    /// Whether the current statement is the last one of the block.
    pub(crate) fn is_last(&self) -> bool {
        self.declared.as_slice().is_empty()
    }

    /// Adds a probe to the end of the block.
    pub(crate) fn probe_at_end(&mut self, probes: TokenStream, at: Span) {
        self.at_end.push((self.conditions.clone(), probes, at));
    }

    /// Adds code in front of the current statement.
    pub(crate) fn put_in_front(&mut self, code: TokenStream) {
        let conditions = &self.conditions;
        self.in_front.push(Stmt::Expr(Expr::Verbatim(quote!(#(#conditions)* #code)), None));
    }

    pub(crate) fn take_in_front(&mut self) -> Vec<Stmt> {
        std::mem::take(&mut self.in_front)
    }

    /// Adds the probes to the statements of the block.
    pub(crate) fn end(self, stmts: &mut Vec<Stmt>) {
        let result = match stmts.last() {
            Some(Stmt::Expr(..) | Stmt::Macro(_)) => stmts.pop(),
            Some(Stmt::Local(_) | Stmt::Item(_)) | None => None,
        };
        let is_last = result.is_none();
        for (conditions, probes, at) in self.at_end {
            let never = probe::never(&probes, false, at);
            // A statement, because the block may have to diverge.
            let semi = if is_last { quote!(;) } else { TokenStream::new() };
            stmts.push(Stmt::Expr(Expr::Verbatim(quote!(#(#conditions)* #never #semi)), None));
        }
        stmts.extend(result);
    }
}

/// The names that a statement declares in its block.
fn declared(stmt: &Stmt) -> HashSet<String> {
    let mut bound = Bound::default();
    match stmt {
        Stmt::Local(Local { pat, .. }) => bound.visit_pat(pat),
        // A macro may declare anything, and so may an item.
        Stmt::Macro(_) => bound.visit_stmt(stmt),
        Stmt::Item(item) => {
            let mut names = HashSet::new();
            super::names::every_ident(item.to_token_stream(), &mut names);
            bound.names = names;
        }
        Stmt::Expr(..) => {}
    }
    bound.names
}
