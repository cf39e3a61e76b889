use workflows_runtime::prelude::*;

#[event]
struct Draft {
    text: &'static str,
    words: u32,
}

#[event]
enum Review {
    Good,
    Bad(Vec<(u32, &'static [u8])>),
}

#[workflow]
struct Writer;

#[workflow]
impl Writer {
    #[step]
    async fn write(&self, Start(words): Start<u32>) -> Draft {
        Draft { text: "rust", words }
    }

    #[step]
    async fn review(&self, draft: Draft) -> Review {
        if draft.words > 1 { Review::Good } else { Review::Bad(vec![(draft.words, draft.text.as_bytes())]) }
    }

    #[step]
    async fn publish(&self, review: Review) -> Stop<bool> {
        Stop(matches!(review, Review::Good))
    }
}

fn main() {}
