use std::{
    fs::File,
    io::{BufReader, Lines},
    sync::mpsc::Receiver,
};
use workflows_runtime::prelude::*;

#[nonblocking]
async fn received(receiver: Receiver<char>, bytes: &Receiver<u8>, seen: &mut Vec<u8>) -> String {
    seen.extend(bytes);
    String::from_iter(receiver)
}

#[nonblocking]
async fn numbered(lines: Lines<BufReader<File>>) -> usize {
    std::iter::zip(1.., lines).map(|(number, _)| number).sum()
}

fn main() {}
