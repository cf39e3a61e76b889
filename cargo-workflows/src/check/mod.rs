//! The check: from every step to the calls that block.

mod chain;
mod facts;
mod roots;
mod virtual_calls;
mod walk;

pub(crate) use self::chain::Finding;

use self::{
    facts::Facts,
    roots::{Root, RootKind},
};
use crate::{catalog::Catalog, module::Symbol, origin::Folders, program::Program, rules::Rules, source::Sources};
use std::collections::{BTreeMap, HashSet};

/// The result of a check.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The names of the steps and functions that were checked.
    pub(crate) checked: Vec<String>,
    pub(crate) findings: Vec<Finding>,
    /// Accepted calls, with their reasons.
    pub(crate) accepted: Vec<Accepted>,
}

/// A call in `allow_blocking!`, or a step with `#[step(allow_blocking)]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Accepted {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) reason: String,
}

/// Checks every step and every `#[nonblocking]` function of a program, and the async functions with the paths `others`.
pub(crate) fn check(
    program: &Program,
    folders: &Folders,
    catalog: &Catalog,
    rules: &Rules,
    others: &[String],
) -> Report {
    let facts = Facts::new(program, folders, catalog, rules);
    let mut sources = Sources::default();
    let mut report = Report::default();
    let mut accepted = Vec::new();
    let mut findings = BTreeMap::new();
    let mut checked = HashSet::new();
    let roots = roots::of(program, &facts, others);
    let is_step = |root: &&Root| root.kind != RootKind::Function;
    let steps: HashSet<Symbol> = roots.iter().filter(is_step).map(|root| root.symbol).collect();
    for Root { symbol, name, kind } in roots {
        if kind == RootKind::AllowedStep {
            let reason = format!("step `{name}` is declared with `allow_blocking`");
            accepted.extend(chain::declaration(program, symbol).map(|(file, line)| Accepted { file, line, reason }));
            continue;
        }
        for finding in walk::Walk::new(program, &facts, &steps, &mut sources, &mut accepted).run(symbol, &name) {
            // A library is compiled twice if its tests are checked too.
            let site = finding.site();
            let key = (finding.root.clone(), site.file.clone(), site.line, site.column);
            findings.entry(key).or_insert(finding);
        }
        if checked.insert(name.clone()) {
            report.checked.push(name);
        }
    }
    report.findings = findings.into_values().collect();
    accepted.sort();
    accepted.dedup();
    report.accepted = accepted;
    report
}
