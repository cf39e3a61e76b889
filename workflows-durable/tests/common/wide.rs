//! `Wide`: a fan-out, and its events.

use workflows_runtime::prelude::*;

#[event]
pub(crate) struct Part {
    pub(crate) number: u32,
    pub(crate) text: String,
}

#[event]
pub(crate) struct Got {
    pub(crate) number: u32,
    pub(crate) text: String,
}

/// The text of an event of ordinary size.
pub(crate) fn text(number: u32) -> String {
    format!("{number:0>100}")
}

/// Parts of ordinary size.
pub(crate) fn parts(count: u32) -> Vec<Part> {
    (0..count).map(|number| Part { number, text: text(number) }).collect()
}

/// A fan-out.
#[workflow]
pub(crate) struct Wide;

#[workflow]
impl Wide {
    #[step]
    async fn split(&self, Start(count): Start<u32>) -> Vec<Part> {
        parts(count)
    }
    #[step(workers = 8)]
    async fn part(&self, Part { number, text }: Part) -> Got {
        Got { number, text }
    }
    #[step]
    async fn gather(&self, all: Vec<Got>) -> Stop<usize> {
        Stop(all.len())
    }
}
