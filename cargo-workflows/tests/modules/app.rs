use std::{fs::File, io::Read};

pub async fn step(path: &str) -> usize {
    let Ok(mut file) = File::open(path) else { return 0 };
    // The object is a file.
    through(&mut file)
}

pub fn through(reader: &mut dyn Read) -> usize {
    reader.read(&mut [0; 4]).unwrap_or_default()
}

pub static TABLE: [fn(usize) -> usize; 2] = [one, two];

fn one(n: usize) -> usize {
    n + 1
}

fn two(n: usize) -> usize {
    n + 2
}

#[inline(always)]
fn inlined(f: fn(usize) -> usize) -> usize {
    f(1)
}

pub fn apply(at: usize) -> usize {
    inlined(TABLE[at])
}
