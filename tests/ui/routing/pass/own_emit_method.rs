//! Methods of the user that are called `emit`, and results that are not returned at once.

#![deny(warnings)]

use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
}

struct Signal<'a>(&'a str);

impl<'a> Signal<'a> {
    fn emit(self) -> &'a str {
        self.0
    }
}

struct Counted;

impl Counted {
    fn emit(self) {}
}

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> OneOf<Joke, Stop<String>> {
        Signal(&text.clone()).emit();
        Counted.emit();
        let _ = Signal(&text).emit();
        let stop = Stop(text.clone()).emit();
        if text.is_empty() {
            return stop;
        }
        let other;
        other = Joke { text }.emit();
        other
    }

    #[step]
    async fn end(&self, joke: Joke) -> Stop<String> {
        let held: OneOf<Stop<u8>, Joke> = joke.emit();
        match held {
            OneOf::A(stop) => Stop(stop.0.to_string()),
            OneOf::B(joke) => Stop(joke.text),
        }
    }
}

fn main() {
    let _ = Jokes.run(String::new());
}
