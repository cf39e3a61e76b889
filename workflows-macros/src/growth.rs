//! How the expansion grows with the number of steps.

use crate::golden::expand_item;
use proc_macro2::{TokenStream, TokenTree};
use std::{fmt::Write, time::Instant};

const SIZES: [usize; 3] = [10, 100, 300];

/// A chain of `steps` steps, with one event each.
fn chain(steps: usize) -> Vec<syn::Item> {
    let mut events = String::new();
    let mut body = String::new();
    for step in 0..steps {
        writeln!(events, "#[event] struct Event{step}(u64);").unwrap();
        let input = if step == 0 { "Start<u64>".to_owned() } else { format!("Event{}", step - 1) };
        writeln!(body, "#[step] async fn step{step}(&self, input: {input}) -> Event{step} {{ Event{step}(0) }}")
            .unwrap();
    }
    writeln!(body, "#[step] async fn end(&self, input: Event{}) -> Stop<u64> {{ Stop(0) }}", steps - 1).unwrap();
    let source = format!("{events}#[workflow] struct Chain;\n#[workflow] impl Chain {{ {body} }}");
    syn::parse_file(&source).unwrap().items
}

fn tokens(stream: TokenStream) -> usize {
    let count = |token| match token {
        TokenTree::Group(group) => 2 + tokens(group.stream()),
        _ => 1,
    };
    stream.into_iter().map(count).sum()
}

#[test]
fn each_step_adds_the_same_amount_of_code() {
    let [few, more, many] = SIZES.map(|steps| chain(steps).into_iter().map(expand_item).map(tokens).sum::<usize>());
    assert_eq!((more - few) * 200, (many - more) * 90, "{few}, {more} and {many} tokens for {SIZES:?} steps");
}

/// Measures the time of the macros without that of the compiler:
/// `cargo test --release -p workflows-macros -- --ignored --nocapture expansion`.
#[test]
#[ignore = "prints times, and asserts nothing"]
fn expansion_time() {
    for steps in SIZES {
        let expand = |_| {
            let items = chain(steps);
            let begun = Instant::now();
            items.into_iter().map(expand_item).for_each(drop);
            begun.elapsed()
        };
        let mut took: Vec<_> = (0..9).map(expand).collect();
        took.sort();
        println!("{steps} steps: {:?} of [{:?}..{:?}]", took[4], took[0], took[8]);
    }
}
