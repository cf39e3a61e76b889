//! Workflows with the same name, and generic ones.

use std::marker::PhantomData;
use workflows_runtime::prelude::*;

/// Sums up pages.
#[workflow]
pub struct Digest;

#[event]
struct Page {
    text: String,
}

#[workflow]
impl Digest {
    #[step]
    async fn split(&self, Start(book): Start<String>) -> Vec<Page> {
        book.lines().map(|text| Page { text: text.to_owned() }).collect()
    }

    #[step]
    #[blocking(cpu)]
    fn count(&self, pages: Vec<Page>) -> Stop<usize> {
        Stop(pages.iter().map(|page| page.text.len()).sum())
    }
}

pub trait Store: Send + Sync + 'static {
    const COPIES: usize;
}

pub struct Disk;

impl Store for Disk {
    const COPIES: usize = 2;
}

#[workflow]
pub struct Keep<S: Store, const N: usize>(PhantomData<S>);

#[workflow]
impl<S: Store, const N: usize> Keep<S, N> {
    #[step]
    async fn keep(&self, Start(()): Start<()>) -> Stop<usize> {
        Stop(S::COPIES * N)
    }
}
