use workflows_runtime::nonblocking;

use rayon::prelude::*;

#[nonblocking(known_blocking)]
pub async fn parallel(all: &[u64], mut more: Vec<u64>, pool: &rayon::ThreadPool) -> u64 {
    let sum: u64 = all.par_iter().sum(); //~ BLOCKS
    more.par_sort_unstable(); //~ BLOCKS
    more.par_iter_mut().for_each(|n| *n += 1); //~ BLOCKS
    let squares: Vec<u64> = (0..10u64).into_par_iter().map(|n| n * n).collect(); //~ BLOCKS
    let chunks = all.par_chunks(2).count() as u64; //~ BLOCKS
    let (a, b) = rayon::join(|| 1, || 2); //~ BLOCKS
    let inside = pool.install(|| 1); //~ BLOCKS
    rayon::scope(|s| s.spawn(|_| {})); //~ BLOCKS
    let bridged = more.clone().into_iter().par_bridge().map(|n| n + 1).sum::<u64>(); //~ BLOCKS
    let lines = "a".par_lines().count() as u64; //~ BLOCKS
    more.into_par_iter().sum::<u64>() + sum + squares.len() as u64 + chunks + a + b + inside + bridged + lines //~ BLOCKS
}
