//! Fan out and gather: a returned `Vec` opens one branch per event, a `Vec` parameter waits for all.
//! Run it: `cargo run --example fan_out`.

use workflows_runtime::prelude::*;

#[event]
struct Word {
    text: String,
}
#[event]
struct Length {
    text: String,
    letters: usize,
}

#[workflow]
struct Lengths;

#[workflow]
impl Lengths {
    #[step]
    async fn split(&self, Start(line): Start<String>) -> Vec<Word> {
        line.split_whitespace().map(|word| Word { text: word.to_owned() }).collect()
    }

    /// Up to eight at a time. Longer words take longer, so the order of completion differs.
    #[step(workers = 8)]
    async fn measure(&self, Word { text }: Word) -> Length {
        let letters = text.chars().count();
        tokio::time::sleep(Duration::from_millis(5 * letters as u64)).await;
        println!("measured {text}");
        Length { text, letters }
    }

    /// Runs once, with all events in send order. No count is needed.
    #[step]
    async fn gather(&self, all: Vec<Length>) -> Stop<String> {
        let all: Vec<_> = all.iter().map(|word| format!("{} {}", word.text, word.letters)).collect();
        Stop(all.join(", "))
    }
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    println!("{}", Lengths.run("wonderful things need a while".to_owned()).await?);
    Ok(())
}
