use workflows_runtime::prelude::*;

macro_rules! events {
    ($($(#[$meta:meta])* $name:ident { $($field:ident: $ty:ty),* })*) => {
        $(#[event] $(#[$meta])* struct $name { $($field: $ty),* })*
    };
}

events! {
    /// A joke.
    Joke { text: String }
    Pun { text: String }
}

macro_rules! jokes {
    ($name:ident, $taken:ty, $given:ty) => {
        #[workflow]
        struct $name;

        #[workflow]
        impl $name {
            #[step]
            async fn tell(&self, Start(text): Start<String>) -> (Joke, Vec<Pun>) {
                (Joke { text: text.clone() }, vec![Pun { text }])
            }

            #[step]
            async fn end(&self, _: $taken) -> $given {
                Stop(true).into_given()
            }

            #[step]
            async fn all(&self, _: Vec<$taken>) {}

            #[step]
            async fn joke(&self, joke: Joke) {
                drop(joke.text);
            }
        }
    };
}

trait IntoGiven<T> {
    fn into_given(self) -> T;
}
impl IntoGiven<Option<Stop<bool>>> for Stop<bool> {
    fn into_given(self) -> Option<Self> {
        Some(self)
    }
}

mod puns {
    use super::*;
    jokes!(Puns, Pun, Option<Stop<bool>>);

    #[workflow]
    struct Rest;

    #[workflow]
    impl Rest {
        #[step]
        async fn begin(&self, _: Start<()>) -> Joke {
            Joke { text: String::new() }
        }

        #[step]
        async fn end(&self, _: Joke) -> Stop<()> {
            Stop(())
        }
    }
}

fn main() {}
