//! What is there already is taken at once, and an own type may keep a receiver.

#![deny(warnings)]

use std::{io::BufRead, sync::mpsc::Receiver};
use workflows_runtime::prelude::*;

#[nonblocking]
async fn received(receiver: Receiver<char>, bytes: &Receiver<u8>, seen: &mut Vec<u8>) -> String {
    seen.extend(bytes.try_iter());
    String::from_iter(receiver.try_iter())
}

#[nonblocking]
async fn numbered(text: &[u8]) -> usize {
    std::iter::zip(1.., text.lines()).map(|(number, _)| number).sum()
}

struct Workers(Vec<Receiver<u8>>);

impl Workers {
    fn extend(&mut self, receiver: Receiver<u8>) {
        self.0.push(receiver);
    }
}

#[nonblocking]
async fn stored(receiver: Receiver<u8>, workers: &mut Workers) {
    workers.extend(receiver);
}

fn main() {
    let _ = (received, numbered, stored);
}
