//! Cycles among resources.

use crate::workflow::model::{Factory, Injected};
use syn::Ident;

pub(crate) struct Cycle {
    /// The indices of its factories, from the one that is declared first.
    pub(crate) chain: Vec<usize>,
    /// The parameter of the last factory that refers to the first.
    pub(crate) closing: Ident,
}

/// Finds the cycles; a factory is on at most one of them.
pub(crate) fn find(factories: &[Factory]) -> Vec<Cycle> {
    let mut cycles: Vec<Cycle> = Vec::new();
    for start in 0..factories.len() {
        if cycles.iter().any(|cycle| cycle.chain.contains(&start)) {
            continue;
        }
        let mut visited = vec![false; factories.len()];
        let mut chain = vec![start];
        if let Some(closing) = back(factories, start, &mut chain, &mut visited) {
            cycles.push(Cycle { chain, closing });
        }
    }
    cycles
}

/// Looks for a path from the end of the chain back to `start`, and extends the chain along it.
fn back(factories: &[Factory], start: usize, chain: &mut Vec<usize>, visited: &mut [bool]) -> Option<Ident> {
    let at = *chain.last()?;
    for name in factories[at].parameters.iter().filter_map(Injected::resource) {
        let Some(next) = factories.iter().position(|factory| factory.name == *name) else { continue };
        if next == start {
            return Some(name.clone());
        }
        if !std::mem::replace(&mut visited[next], true) {
            chain.push(next);
            if let Some(closing) = back(factories, start, chain, visited) {
                return Some(closing);
            }
            chain.pop();
        }
    }
    None
}
