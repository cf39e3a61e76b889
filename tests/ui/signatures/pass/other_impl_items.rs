use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
}

/// Tells jokes.
#[workflow]
#[derive(Debug, Clone, Default)]
struct Jokes {
    told: usize,
}

/// Their steps.
#[workflow]
impl Jokes {
    const BEST: &'static str = "none";

    fn new() -> Self {
        Self { told: Self::BEST.len() }
    }

    fn helper<'a, T: AsRef<str> + 'a>(&'a self, text: &'a T) -> &'a str {
        text.as_ref()
    }

    /// Begins.
    #[step]
    #[must_use]
    #[allow(clippy::unused_async)]
    async fn tell(&self, Start(text): Start<String>) -> Joke {
        Joke { text: self.helper(&text).to_owned() }
    }

    /// Only on some systems, which is not this one.
    #[cfg(any())]
    #[step]
    async fn never_compiled(&self, joke: NoSuchType) -> NoSuchType {
        joke
    }

    #[cfg(all())]
    #[step]
    async fn count(&self, joke: Joke) -> Stop<usize> {
        Stop(joke.text.len() + self.told)
    }

    async fn other(&mut self) {
        self.told += 1;
    }
}

fn main() {
    let _ = Jokes::new().other();
}
