//! The walk from one step, breadth first: the chain of each finding is a shortest one.

use super::{
    Accepted,
    chain::{Finding, Hop},
    facts::Facts,
    virtual_calls::{VirtualCall, VirtualCalls},
};
use crate::{
    catalog::Leaf,
    module::{Frame, Place, Symbol, Use, UseKind},
    origin::Origin,
    program::Program,
    source::Sources,
};
use std::collections::{HashMap, HashSet, VecDeque, hash_map::Entry};

/// A function, and whether it acts for a runtime, whose own blocking calls are accepted.
///
/// A function of std that a runtime calls is another node than the same function called by the user's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub(super) function: Symbol,
    pub(super) is_trusted: bool,
}

/// The call through which a node was reached.
#[derive(Debug, Clone, Copy)]
struct Edge {
    from: Node,
    place: Option<Place>,
}

pub(super) struct Walk<'a> {
    pub(super) program: &'a Program,
    pub(super) facts: &'a Facts<'a>,
    /// The steps of all workflows. Those of a child workflow are checked on their own.
    steps: &'a HashSet<Symbol>,
    pub(super) sources: &'a mut Sources,
    accepted: &'a mut Vec<Accepted>,
    /// How each node was reached; `None` for the step itself.
    reached: HashMap<Node, Option<Edge>>,
    pub(super) queue: VecDeque<Node>,
    /// Constants whose values were looked at.
    seen: HashSet<(Symbol, bool)>,
    pub(super) virtual_calls: VirtualCalls,
    root: String,
    findings: Vec<Finding>,
    /// Places in the workspace with a finding.
    sites: HashSet<(String, u32, u32)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        program: &'a Program,
        facts: &'a Facts<'a>,
        steps: &'a HashSet<Symbol>,
        sources: &'a mut Sources,
        accepted: &'a mut Vec<Accepted>,
    ) -> Self {
        Self {
            program,
            facts,
            steps,
            sources,
            accepted,
            reached: HashMap::new(),
            queue: VecDeque::new(),
            seen: HashSet::new(),
            virtual_calls: VirtualCalls::default(),
            root: String::new(),
            findings: Vec::new(),
            sites: HashSet::new(),
        }
    }

    pub(super) fn run(mut self, root: Symbol, name: &str) -> Vec<Finding> {
        name.clone_into(&mut self.root);
        let root = Node { function: root, is_trusted: false };
        self.reached.insert(root, None);
        self.queue.push_back(root);
        loop {
            while let Some(node) = self.queue.pop_front() {
                if let Some(function) = self.program.function(node.function) {
                    for used in &function.uses {
                        self.follow(node, used);
                    }
                }
            }
            if !self.follow_objects_of_others() {
                return self.findings;
            }
        }
    }

    /// Follows one instruction of a function.
    fn follow(&mut self, node: Node, used: &Use) {
        let program = self.program;
        let frames = program.frames(used.place);
        if self.is_accepted(frames) {
            return;
        }
        let mut is_trusted = node.is_trusted;
        let mut is_std = *self.facts.origin_of(node.function) == Origin::Std;
        // Functions that rustc has inlined into this one, the outermost first.
        let inlined = frames.len().saturating_sub(1);
        for frame in frames[..inlined].iter().rev() {
            let fact = self.facts.of(frame.function);
            if fact.is_offload {
                return;
            }
            if let Some(leaf) = &fact.leaf
                && counts(leaf, is_trusted, is_std)
            {
                self.report(node, used.place, leaf);
                return;
            }
            let origin = self.facts.origin(frame);
            is_trusted = self.facts.is_trusted(origin, frame.function, is_trusted);
            is_std = *origin == Origin::Std;
        }
        let at = CallSite { node, place: used.place, is_trusted, is_std };
        match used.kind {
            UseKind::Call(callee) => {
                if self.facts.of(callee).is_offload {
                    return;
                }
                self.call(at, callee);
                let is_opaque_std = program.function(callee).is_none()
                    && matches!(self.facts.of(callee).name.krate(), "std" | "core" | "alloc");
                for argument in &used.arguments {
                    self.mention(at, *argument);
                    if is_opaque_std {
                        self.call_all_methods(at, *argument);
                    }
                }
            }
            UseKind::Virtual(slot, signature) => {
                for argument in &used.arguments {
                    self.mention(at, *argument);
                }
                self.call_virtual(VirtualCall { at, slot, signature });
            }
            UseKind::Pointer => {
                for argument in &used.arguments {
                    self.mention(at, *argument);
                }
            }
            UseKind::Mention(symbol) => self.mention(at, symbol),
        }
    }

    /// A call of a function, or a mention: a pointer to it may be called.
    pub(super) fn call(&mut self, at: CallSite, callee: Symbol) {
        let fact = self.facts.of(callee);
        if let Some(leaf) = &fact.leaf {
            // What std itself calls of libc is accepted, or behind a leaf.
            let is_stds = !fact.is_mangled && at.is_std;
            if counts(leaf, at.is_trusted, at.is_std) && !is_stds {
                self.report(at.node, at.place, leaf);
            }
            if fact.is_mangled && !at.is_trusted {
                return;
            }
        }
        if fact.is_offload || self.steps.contains(&callee) || self.program.function(callee).is_none() {
            return;
        }
        let is_trusted = self.facts.is_trusted(self.facts.origin_of(callee), callee, at.is_trusted);
        let node = Node { function: callee, is_trusted };
        if let Entry::Vacant(entry) = self.reached.entry(node) {
            entry.insert(Some(Edge { from: at.node, place: at.place }));
            self.queue.push_back(node);
        }
    }

    /// A function or constant whose address is used.
    pub(super) fn mention(&mut self, at: CallSite, symbol: Symbol) {
        let program = self.program;
        let Some(global) = program.global(symbol) else {
            self.call(at, symbol);
            return;
        };
        if !self.seen.insert((symbol, at.is_trusted)) {
            return;
        }
        if global.is_vtable {
            self.add_vtable(at, symbol);
            return;
        }
        for (_, value) in &global.slots {
            self.mention(at, *value);
        }
    }

    fn is_accepted(&mut self, frames: &[Frame]) -> bool {
        for frame in frames {
            if !matches!(self.facts.origin(frame), Origin::Package { .. } | Origin::Unknown) {
                continue;
            }
            let file = &self.program.files()[frame.file as usize];
            if let Some(allowed) = self.sources.allowed(file, frame.line, frame.column) {
                let reason = allowed.reason.clone();
                self.accepted.push(Accepted { file: file.clone(), line: frame.line, reason });
                return true;
            }
        }
        false
    }

    fn report(&mut self, node: Node, place: Option<Place>, leaf: &Leaf) {
        let hops = self.hops(node, place, leaf);
        let Some(site) = hops.iter().rposition(|(_, is_local)| *is_local) else { return };
        let hops: Vec<Hop> = hops.into_iter().map(|(hop, _)| hop).collect();
        let at = &hops[site];
        if self.sites.insert((at.file.clone(), at.line, at.column)) {
            self.findings.push(Finding { root: self.root.clone(), hops, leaf: leaf.clone(), site });
        }
    }

    /// The calls from the step to `leaf`, without those inside of std and of runtimes, and whether each is in the workspace.
    fn hops(&self, node: Node, place: Option<Place>, leaf: &Leaf) -> Vec<(Hop, bool)> {
        let mut edges = vec![(node, place)];
        let mut at = node;
        while let Some(Some(edge)) = self.reached.get(&at) {
            edges.push((edge.from, edge.place));
            at = edge.from;
        }
        // From the step on: the frames of each call, outermost first.
        let mut calls: Vec<(Frame, &Origin)> = Vec::new();
        for (_, place) in edges.iter().rev() {
            let frames = self.program.frames(*place).iter().rev();
            calls.extend(frames.map(|frame| (*frame, self.facts.origin(frame))));
        }
        // A runtime calls the user's code through dozens of functions, which explain nothing.
        calls.retain(|(frame, origin)| match origin {
            Origin::Core | Origin::Std => false,
            Origin::Package { .. } => !self.facts.is_trusted(origin, frame.function, false),
            Origin::Unknown => true,
        });
        // A function calls its closures, and an async function its future, under its own name.
        calls.dedup_by(|(inner, inner_origin), (outer, outer_origin)| {
            let is_same = self.shown(inner.function) == self.shown(outer.function);
            if is_same {
                (*outer, *outer_origin) = (*inner, *inner_origin);
            }
            is_same
        });
        let mut hops = Vec::new();
        for (number, (frame, origin)) in calls.iter().enumerate() {
            let callee = match calls.get(number + 1) {
                Some((next, _)) => format!("`{}`", self.shown(next.function)),
                None => leaf.call.clone(),
            };
            let hop = Hop {
                caller: self.shown(frame.function),
                callee,
                file: self.program.files()[frame.file as usize].clone(),
                line: frame.line,
                column: frame.column,
            };
            hops.push((hop, matches!(origin, Origin::Package { is_local: true, .. })));
        }
        hops
    }

    /// A function's name without `{closure#0}`, which the line makes clear.
    fn shown(&self, function: Symbol) -> String {
        let short = self.facts.of(function).name.short();
        short.split("::{").next().unwrap_or_default().to_owned()
    }
}

/// The code that performs a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallSite {
    pub(super) node: Node,
    pub(super) place: Option<Place>,
    pub(super) is_trusted: bool,
    /// Whether it is a function of std itself.
    pub(super) is_std: bool,
}

/// Whether a call of `leaf` is reported.
fn counts(leaf: &Leaf, is_trusted: bool, is_std: bool) -> bool {
    // Functions of std that wait are leaves themselves; others wait for a moment only, such as a lock.
    let is_short_wait = leaf.is_wait && is_std;
    !is_trusted && !is_short_wait
}
