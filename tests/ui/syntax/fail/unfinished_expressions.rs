//! The other steps remain, and nothing is reported about the types of unfinished expressions.

use workflows_runtime::prelude::*;

#[event]
struct Draft(String);

#[workflow]
struct Writer {
    name: String,
}

#[workflow]
impl Writer {
    #[step]
    async fn write(&self, Start(topic): Start<String>) -> Draft {
        #[blocking(cpu)]
        let words: usize = topic.;
        if words == 0 {
            return Draft(self.);
        }
        match words {
            1 => self.,
            _ => Draft(self.sign("text")),
        }
    }

    #[step]
    async fn publish(&self, _: Draft) -> Stop<String> {
        self.
    }

    fn sign(&self, text: &str) -> String {
        format!("{text} by {}", self.name)
    }
}

#[blocking(io)]
fn load(path: String) -> Vec<u8> {
    path.
}

#[blocking(io)]
fn store(path: String) -> usize {
    path.len() +
}

#[nonblocking]
async fn check(path: String) -> usize {
    path.
}

async fn run(writer: Writer) -> String {
    drop((load(String::new()).await, store(String::new()).await, check(String::new()).await));
    writer.run("rust".to_owned()).await.unwrap()
}

fn main() {
    let _ = run;
}
