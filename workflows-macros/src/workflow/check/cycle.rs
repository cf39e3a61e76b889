//! Circles among resources.

use crate::workflow::model::{Factory, Injected};
use syn::Ident;

pub(crate) struct Cycle {
    /// The factories on it, by number, from the one that is declared first.
    pub(crate) chain: Vec<usize>,
    /// The parameter that leads from the last of them back to the first.
    pub(crate) closing: Ident,
}

/// A circle for each factory that is on one, unless that is on an earlier one already.
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

/// Looks for a way back to `start` from the end of the chain, which grows on the way.
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
