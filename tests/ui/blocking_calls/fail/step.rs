use std::{fs, sync::mpsc, thread::sleep as nap};
use workflows_runtime::prelude::*;

#[workflow]
struct Fetch;

#[workflow]
impl Fetch {
    #[step]
    async fn fetch(&self, Start(path): Start<String>) -> StepResult<Stop<usize>> {
        let text = fs::read_to_string(&path)?;
        nap(Duration::from_secs(1));
        Ok(Stop(text.len()))
    }

    #[step]
    async fn wait(&self, _: Start<String>) -> Option<Stop<usize>> {
        let (sender, receiver) = mpsc::channel();
        sender.send(1).ok()?;
        receiver.recv().map(Stop).ok()
    }
}

fn main() {}
