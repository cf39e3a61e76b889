//! A large JSON file: read on the I/O threads, parsed on the CPU pool.
//! Run it: `cargo run --release --example blocking_json`.

use serde_json::{Value, json};
use std::{env, fs, path::PathBuf};
use workflows_runtime::prelude::*;

#[event]
struct Text {
    text: String,
}

#[workflow]
struct Load;

#[workflow]
impl Load {
    #[step]
    #[blocking(io)]
    fn read(&self, Start(path): Start<PathBuf>) -> StepResult<Text> {
        Ok(Text { text: fs::read_to_string(path)? })
    }

    #[step]
    #[blocking(cpu)]
    fn parse(&self, Text { text }: Text) -> StepResult<Stop<usize>> {
        let records: Vec<Value> = serde_json::from_str(&text)?;
        Ok(Stop(records.iter().filter(|record| record["even"] == true).count()))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = env::temp_dir().join(format!("records-{}.json", std::process::id()));
    let records: Vec<_> = (0..100_000).map(|n| json!({ "n": n, "even": n % 2 == 0 })).collect();
    fs::write(&path, serde_json::to_vec(&records)?)?;
    let even = Load.run(path.clone()).await;
    fs::remove_file(path)?;
    println!("{} of {} records are even", even?, records.len());
    Ok(())
}
