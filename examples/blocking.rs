//! Blocking code: `#[blocking(io)]` for steps that wait, `#[blocking(cpu)]` for steps that compute.
//! Run it: `cargo run --example blocking [FILE]`.

use std::{fs, path::PathBuf, thread};
use workflows_runtime::{Executors, prelude::*};

#[event]
struct Loaded {
    bytes: Vec<u8>,
}

#[workflow]
struct Checksum;

#[workflow]
impl Checksum {
    /// Runs on one of tokio's blocking threads; their number is limited.
    #[step]
    #[blocking(io)]
    fn load(&self, Start(path): Start<PathBuf>) -> StepResult<Loaded> {
        Ok(Loaded { bytes: fs::read(path)? })
    }

    /// Runs on a thread of the CPU pool.
    #[step]
    #[blocking(cpu)]
    fn sum(&self, Loaded { bytes }: Loaded) -> Stop<String> {
        let fold = |sum: u32, byte: &u8| sum.rotate_left(5) ^ u32::from(*byte);
        let sum = bytes.iter().fold(0, fold);
        let thread = thread::current();
        Stop(format!("{} bytes, checksum {sum:08x}, on {}", bytes.len(), thread.name().unwrap_or("a thread")))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).map_or_else(|| "examples/blocking.rs".into(), PathBuf::from);
    // Without this, runs share default executors, which are created on first use.
    let executors = Executors::builder().io_threads(2).cpu_threads(1).build()?;
    println!("{}", Checksum.run(path).executors(&executors).await?);
    Ok(())
}
