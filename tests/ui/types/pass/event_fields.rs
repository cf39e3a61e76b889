//! Types of this crate in the fields of events.

#![deny(warnings)]

use std::{borrow::Cow, cell::Cell, marker::PhantomData, rc::Rc};
use workflows_runtime::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Source {
    url: String,
}

#[event]
struct Draft {
    text: String,
    sources: Vec<Source>,
    title: Cow<'static, str>,
    marker: PhantomData<fn(&'static str)>,
}

#[event]
enum Review {
    Good(Source),
    Bad { source: Option<Source>, draft: Draft },
    None {},
}

/// A field that is not serialized needs less.
#[event]
struct Skipped {
    #[serde(skip)]
    reference: &'static str,
    #[serde(skip)]
    source: Option<Source>,
}

/// Refers to itself.
#[event]
enum Tree {
    Leaf(Source),
    Node { children: Vec<Tree>, parent: Option<Box<Self>> },
}

/// The user's implementations replace derives.
#[event]
#[derive(Serialize, Deserialize)]
struct Mixed(Source);

/// A type that contains an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Envelope<E> {
    event: E,
}

#[event]
struct Sent {
    envelope: Envelope<Draft>,
}

#[workflow]
struct Writer;

#[workflow]
impl Writer {
    #[step]
    async fn write(&self, Start(text): Start<String>) -> (Draft, Skipped, Mixed) {
        let source = Source { url: text.clone() };
        let draft = Draft { text, sources: vec![source.clone()], title: "rust".into(), marker: PhantomData };
        (draft, Skipped { reference: "r", source: None }, Mixed(source))
    }

    #[step]
    async fn review(&self, draft: Draft, _: Skipped, Mixed(source): Mixed) -> Vec<OneOf<Review, Tree, Sent>> {
        let local = Rc::new(Cell::new(1));
        local.set(2);
        let envelope = Envelope { event: draft.clone() };
        vec![
            Review::Good(source.clone()).emit(),
            Review::Bad { source: Some(source.clone()), draft }.emit(),
            Review::None {}.emit(),
            Tree::Node { children: vec![Tree::Leaf(source)], parent: None }.emit(),
            Sent { envelope }.emit(),
        ]
    }

    #[step]
    async fn publish(&self, reviews: Vec<OneOf<Review, Tree, Sent>>) -> Stop<usize> {
        let mut sources = 0;
        for review in reviews {
            match review {
                OneOf::A(Review::Good(source)) => sources += source.url.len(),
                OneOf::A(Review::Bad { source, draft }) => {
                    sources += source.map_or(0, |source| source.url.len()) + draft.sources.len() + draft.title.len();
                    let _ = (draft.text, draft.marker);
                }
                OneOf::A(Review::None {}) => {}
                OneOf::B(Tree::Leaf(source)) => sources += source.url.len(),
                OneOf::B(Tree::Node { children, parent }) => sources += children.len() + usize::from(parent.is_some()),
                OneOf::C(Sent { envelope }) => sources += envelope.event.sources.len(),
            }
        }
        Stop(sources)
    }
}

fn main() {
    let _ = Writer.run("rust".to_owned());
    let Skipped { reference, source } = Skipped { reference: "r", source: None };
    let _ = (reference, source.is_some());
}
