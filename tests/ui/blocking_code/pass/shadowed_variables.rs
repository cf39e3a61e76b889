//! A `let` that declares its variable again consumes the one before, and a discarded value may borrow from a variable.

use std::collections::BTreeMap;
use workflows_runtime::prelude::*;

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, Start(text): Start<String>) -> Stop<String> {
        #[blocking(cpu)]
        let text = text.into_bytes();
        #[blocking(cpu)]
        let Some(first) = text.first().copied() else { return Stop(format!("empty: {text:?}")) };
        #[blocking(cpu)]
        let Ok(text) = String::from_utf8(text) else { return Stop(String::new()) };
        let mut counts = BTreeMap::new();
        for letter in text.chars() {
            #[blocking(cpu)]
            *counts.entry(letter).or_insert(0) += 1;
        }
        #[blocking(cpu)]
        counts.entry('x').or_insert(first);
        #[blocking(cpu)]
        let _ = counts.entry('y').or_insert(1);
        #[blocking(cpu)]
        let _: &mut u8 = counts.entry('z').or_insert(2);
        let mut last = Some(1);
        #[blocking(cpu)]
        last.insert(2);
        let length = if counts.len() > 2 {
            #[blocking(cpu)]
            let text = text.into_bytes();
            text.len()
        } else {
            text.len()
        };
        Stop(format!("{counts:?} {last:?} {length}"))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let counted = Count.run("aba".to_owned()).await.unwrap();
    assert_eq!(counted, "{'a': 2, 'b': 1, 'x': 97, 'y': 1, 'z': 2} Some(2) 3");
}
