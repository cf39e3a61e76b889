use workflows_runtime::prelude::*;

#[event]
struct Page(u32);

#[event]
struct Digest(u32);

#[workflow]
struct NoFirst;

#[workflow]
impl NoFirst {
    async fn split(&self, Start(pages): Start<u32>) -> Vec<Page> {
        (0..pages).map(Page).collect()
    }

    #[step]
    async fn digest(&self, Page(page): Page) -> Digest {
        Digest(page)
    }

    #[step]
    async fn end(&self, digests: Vec<Digest>) -> Stop<usize> {
        Stop(digests.len())
    }
}

#[workflow]
struct NoMiddle;

#[workflow]
impl NoMiddle {
    #[step]
    async fn split(&self, Start(pages): Start<u32>) -> Vec<Page> {
        (0..pages).map(Page).collect()
    }

    async fn digest(&self, Page(page): Page) -> Digest {
        Digest(page)
    }

    #[step]
    async fn end(&self, digests: Vec<Digest>) -> Stop<usize> {
        Stop(digests.len())
    }
}

#[workflow]
struct NoLast;

#[workflow]
impl NoLast {
    #[step]
    async fn split(&self, Start(pages): Start<u32>) -> Vec<Page> {
        (0..pages).map(Page).collect()
    }

    async fn end(&self, pages: Vec<Page>) -> Stop<usize> {
        Stop(pages.len())
    }
}

#[workflow]
struct Nothing;

#[workflow]
impl Nothing {
    async fn split(&self, Start(pages): Start<u32>) -> Page {
        Page(pages)
    }

    async fn end(&self, Page(page): Page) -> Stop<u32> {
        Stop(page)
    }
}

fn main() {}
