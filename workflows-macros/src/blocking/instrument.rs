//! W013: inserts probes into async bodies, by which the type system decides whether a call blocks.

use super::{
    attribute::{is_blocking, of},
    catalog::{index::Known, parse::Row},
    closures::{Called, Places},
    frame::Frame,
    imports::FileImports,
    names::Bound,
    place_expr::WrittenArguments,
    probe, value_expr,
    written::is_in_a_type,
};
use crate::visit_mut::{self, VisitMut};
use proc_macro2::{Ident, Span};
use quote::ToTokens;
use std::{
    borrow::Cow,
    cell::OnceCell,
    collections::{BTreeSet, HashMap, HashSet},
};
use syn::{Block, Expr, ExprCall, ExprMethodCall, Pat, Signature, Stmt, spanned::Spanned};

/// The check of the bodies of one item.
pub(crate) struct BlockingCheck {
    known: Cow<'static, Known>,
    imports: FileImports,
    declares_emit: OnceCell<bool>,
    /// Whether the rows of the crate's `known_blocking!` are part of `known`.
    pub(crate) has_list: bool,
    /// The names of all calls that are not awaited.
    pub(crate) called: BTreeSet<String>,
}

impl BlockingCheck {
    /// A check of `item`, which contains the token at `at`; with the rows of `known_blocking!`, if the
    /// item asks for them.
    pub(crate) fn new(at: Span, item: &impl ToTokens, rows: Option<&[Row]>) -> Self {
        let known = match rows {
            Some(rows) => Cow::Owned(Known::with(rows)),
            None => Cow::Borrowed(Known::always_on()),
        };
        Self {
            known,
            imports: FileImports::read(at, item),
            declares_emit: OnceCell::new(),
            has_list: rows.is_some(),
            called: BTreeSet::new(),
        }
    }

    /// Whether the source file declares a method `emit`. Searched once, and not for each step.
    pub(crate) fn declares_emit(&self) -> bool {
        *self.declares_emit.get_or_init(|| self.imports.declares_method("emit"))
    }

    /// Inserts probes into the body of an async function. Neither values nor lifetimes change.
    pub(crate) fn instrument(&mut self, block: &mut Block, signature: &Signature) {
        let body = block.clone();
        let own = self.imports.own.clone();
        let mut instrument = Instrument {
            known: &self.known,
            bound: Bound::of(&body, signature),
            called_closures: Called::by(&body, signature, &self.known, &own),
            places: Places::new(signature, &self.known, &own),
            frames: Vec::new(),
            conditional: 0,
            unsafe_code: usize::from(matches!(signature.safety, syn::Safety::Unsafe(_))),
            aliases: self.imports.aliases(&self.known),
            imports: &self.imports,
            called: &mut self.called,
            probe_count: 0,
        };
        instrument.visit_block_mut(block);
    }
}

pub(crate) struct Instrument<'a> {
    pub(crate) known: &'a Known,
    /// Names of local bindings, which hide functions.
    pub(crate) bound: HashSet<String>,
    /// Names of closures that this body calls.
    pub(crate) called_closures: HashSet<String>,
    pub(crate) places: Places<'a>,
    /// The blocks around the current expression.
    pub(crate) frames: Vec<Frame>,
    /// How many parts around the current expression may be left out by a `cfg`.
    conditional: usize,
    /// How many `unsafe` parts are around the current expression.
    pub(crate) unsafe_code: usize,
    pub(crate) aliases: HashMap<String, Vec<String>>,
    pub(crate) imports: &'a FileImports,
    called: &'a mut BTreeSet<String>,
    /// Number of probes inserted so far.
    pub(crate) probe_count: usize,
}

impl VisitMut for Instrument<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        let frame = Frame::of(block, self.within());
        self.frames.push(frame);
        let mut stmts = Vec::with_capacity(block.stmts.len());
        for mut stmt in std::mem::take(&mut block.stmts) {
            self.frame().begin(&stmt);
            let probes = self.stmt(&mut stmt);
            stmts.extend(self.frame().take_in_front());
            stmts.extend(probes.map(|probes| Stmt::Expr(Expr::Verbatim(probes), None)));
            stmts.push(stmt);
        }
        if let Some(frame) = self.frames.pop() {
            frame.end(&mut stmts);
        }
        block.stmts = stmts;
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let at = expr.span();
        match expr {
            Expr::Await(waiting) => self.awaited(&mut waiting.base),
            Expr::Call(call) => {
                let written = WrittenArguments::of(call);
                if value_expr::is_constructor(call) {
                    call.args.iter_mut().for_each(|argument| self.stored(argument));
                } else {
                    self.call_parts(call, false);
                }
                if let Some(marked) = self.call(call, &written) {
                    *expr = marked;
                }
            }
            Expr::MethodCall(call) => {
                self.method_parts(call, false);
                // Attributes are not allowed inside the tuple that the probe adds.
                if call.attrs.is_empty()
                    && let Some(probes) = self.method(call)
                {
                    *expr = probe::before(&probes, expr, at);
                }
            }
            Expr::ForLoop(each) if !is_blocking(&each.attrs) => self.each(each),
            Expr::Macro(invocation) if invocation.attrs.is_empty() => {
                if let Some(probes) = self.macro_args(&mut invocation.mac) {
                    *expr = probe::before(&probes, expr, at);
                }
            }
            // It may be called elsewhere.
            Expr::Closure(closure) => self.elsewhere(closure),
            Expr::Unsafe(inner) => {
                self.unsafe_code += 1;
                self.visit_block_mut(&mut inner.block);
                self.unsafe_code -= 1;
            }
            // A reference to a function is promoted to `'static`.
            Expr::Reference(reference) if matches!(&*reference.expr, Expr::Path(_)) => {}
            // The length is a constant.
            Expr::Repeat(repeat) => self.visit_expr_mut(&mut repeat.expr),
            Expr::Struct(literal) => {
                for field in literal.fields.iter_mut().filter(|field| field.colon_token.is_some()) {
                    self.stored(&mut field.expr);
                }
                if let Some(rest) = &mut literal.rest {
                    self.visit_expr_mut(rest);
                }
            }
            Expr::Tuple(tuple) => tuple.elems.iter_mut().for_each(|element| self.stored(element)),
            Expr::Return(returned) => {
                if let Some(value) = &mut returned.expr {
                    self.stored(value);
                }
            }
            // A function as a value may be called elsewhere.
            Expr::Path(_) | Expr::Const(_) | Expr::Verbatim(_) | Expr::Lit(_) | Expr::Macro(_) => {}
            other if of(other).is_some_and(is_blocking) => {}
            other => visit_mut::visit_expr_mut(self, other),
        }
    }

    fn visit_arm_mut(&mut self, arm: &mut syn::Arm) {
        let conditional = usize::from(!arm.attrs.is_empty());
        self.conditional += conditional;
        visit_mut::visit_arm_mut(self, arm);
        self.conditional -= conditional;
    }

    // These contain other bodies, or no code.
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
    fn visit_pat_mut(&mut self, pattern: &mut Pat) {
        if let Pat::Guard(guarded) = pattern {
            self.visit_expr_mut(&mut guarded.guard);
        }
    }
    fn visit_type_mut(&mut self, _: &mut syn::Type) {}
    fn visit_path_mut(&mut self, _: &mut syn::Path) {}
}

impl Instrument<'_> {
    /// Records the name of a call that is not awaited, and the names that it is an alias of.
    pub(crate) fn record_call(&mut self, name: &Ident) {
        let name = name.to_string();
        // A constructor does not block.
        if name.starts_with(char::is_uppercase) {
            return;
        }
        self.called.extend(self.imports.originals(&name).map(str::to_owned));
    }

    /// Instruments the parts of a chain of iterators that does nothing until its result is used. Returns whether it
    /// is one.
    pub(crate) fn lazy_parts(&mut self, expr: &mut Expr) -> bool {
        if self.lazy_source(expr) {
            return true;
        }
        if let Expr::MethodCall(call) = expr
            && self.known.adapters.contains(&call.method.to_string())
            && self.lazy_parts(&mut call.receiver)
        {
            self.method_arguments(call, false);
            return true;
        }
        false
    }

    /// Whether the value is a lazy iterator, or a constructor of one.
    pub(crate) fn is_stored(&self, value: &Expr) -> bool {
        match value {
            Expr::Call(call) if value_expr::is_constructor(call) => call.args.iter().any(|value| self.is_stored(value)),
            Expr::Call(call) => self.is_lazy_function(call),
            Expr::MethodCall(call) => {
                self.is_lazy(call)
                    || self.known.adapters.contains(&call.method.to_string()) && self.is_stored(&call.receiver)
            }
            _ => false,
        }
    }

    /// Instruments a value that is stored or returned: nothing takes items from it here if it is a lazy iterator.
    pub(crate) fn stored(&mut self, value: &mut Expr) {
        match value {
            Expr::Call(call) if value_expr::is_constructor(call) => {
                call.args.iter_mut().for_each(|argument| self.stored(argument));
            }
            value => {
                if !self.lazy_parts(value) {
                    self.visit_expr_mut(value);
                }
            }
        }
    }

    pub(crate) fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("a body is a block")
    }

    /// How many `unsafe` parts, and parts with a `cfg`, are around the current expression.
    pub(crate) fn within(&self) -> (usize, usize) {
        (self.unsafe_code, self.conditional)
    }

    /// Whether the call does nothing until its result is used.
    pub(crate) fn is_lazy(&self, call: &ExprMethodCall) -> bool {
        self.known.lazy.contains(&call.method.to_string())
    }

    /// The same for a call of a method as a function, such as `BufRead::lines(reader)`.
    pub(crate) fn is_lazy_function(&self, call: &ExprCall) -> bool {
        let Expr::Path(path) = &*call.func else { return false };
        is_in_a_type(path)
            && path.path.segments.last().is_some_and(|last| self.known.lazy.contains(&last.ident.to_string()))
    }

    /// Instruments the parts of a call whose result is used by the call around it, which is probed.
    pub(crate) fn lazy_source(&mut self, source: &mut Expr) -> bool {
        match source {
            Expr::MethodCall(call) if self.is_lazy(call) => self.method_parts(call, false),
            Expr::Call(call) if self.is_lazy_function(call) => self.call_parts(call, false),
            _ => return false,
        }
        true
    }

    /// Instruments the parts of an awaited expression: awaiting it does not block, but evaluating it may.
    pub(crate) fn awaited(&mut self, base: &mut Expr) {
        match base {
            Expr::Paren(inner) => self.awaited(&mut inner.expr),
            Expr::Group(inner) => self.awaited(&mut inner.expr),
            Expr::Call(call) => self.call_parts(call, true),
            Expr::MethodCall(call) => self.method_parts(call, true),
            other => self.visit_expr_mut(other),
        }
    }

    pub(crate) fn method_parts(&mut self, call: &mut ExprMethodCall, awaited: bool) {
        if call.method != "next" || !self.lazy_source(&mut call.receiver) {
            self.visit_expr_mut(&mut call.receiver);
        }
        self.method_arguments(call, awaited);
    }
}
