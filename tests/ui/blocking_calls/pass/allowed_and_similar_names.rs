//! What may block says so, and what only looks like it is left alone.

#![deny(warnings)]
#![forbid(unsafe_code)]

use workflows_runtime::{allow_blocking, prelude::*};

struct Files(Vec<String>);

impl Files {
    fn read_to_string(&self) -> String {
        self.0.join("\n")
    }

    async fn exists(&self) -> bool {
        !self.0.is_empty()
    }
}

mod fs {
    pub(crate) async fn read(path: &str) -> Vec<u8> {
        path.as_bytes().to_vec()
    }
}

#[workflow]
struct Read;

#[workflow]
impl Read {
    #[step]
    async fn elsewhere(&self, Start(path): Start<String>) -> StepResult<Stop<usize>> {
        let files = Files(vec![path.clone()]);
        let all = files.read_to_string();
        let there = files.exists().await;
        let bytes = fs::read(&path).await;
        let ours = tokio::fs::read_to_string("/dev/null").await?;
        let moved = path.clone();
        let moved = tokio::task::spawn_blocking(move || std::fs::read(moved).is_ok()).await?;
        #[blocking(io)]
        let text = std::fs::read_to_string("/dev/null")?;
        let short = allow_blocking!(std::fs::metadata("/dev/null"), "a device, at start-up, once")?;
        Ok(Stop(all.len() + usize::from(there && moved && short.is_file()) + bytes.len() + ours.len() + text.len()))
    }

    #[step(allow_blocking)]
    async fn all_of_it(&self, Start(path): Start<String>) -> StepResult<Stop<usize>> {
        Ok(Stop(std::fs::read_to_string(path)?.len()))
    }

    #[step]
    #[blocking(io)]
    fn as_a_whole(&self, Start(path): Start<String>) -> StepResult<Stop<usize>> {
        Ok(Stop(std::fs::read_to_string(path)?.len()))
    }
}

fn main() {
    drop(Read.run(String::new()));
}
