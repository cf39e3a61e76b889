//! Nothing generated may trip a lint of the user's crate.

#![deny(warnings)]
#![deny(missing_docs, missing_debug_implementations, missing_copy_implementations)]
#![deny(unused_qualifications, unused_results, unused_lifetimes, unused_import_braces)]
#![deny(trivial_casts, trivial_numeric_casts, variant_size_differences, single_use_lifetimes)]
#![deny(elided_lifetimes_in_paths, explicit_outlives_requirements, let_underscore_drop)]
#![deny(non_ascii_idents, unused_crate_dependencies, unsafe_op_in_unsafe_fn, redundant_imports)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery, clippy::cargo)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::todo, clippy::unreachable)]
#![deny(clippy::missing_docs_in_private_items, clippy::absolute_paths, clippy::implicit_return)]
#![forbid(unsafe_code)]
#![allow(clippy::needless_return, clippy::restriction, clippy::unused_async, clippy::implicit_return)]
#![allow(unused_crate_dependencies)]

use workflows_runtime::prelude::*;

/// A joke.
#[event]
pub struct Joke {
    /// What is said.
    pub text: String,
}

/// What was thought of it.
#[event]
#[derive(Copy)]
pub enum Verdict {
    /// Laughter.
    Good(u8),
    /// Silence.
    Bad,
}

/// What the steps count.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Jokes so far.
    pub told: usize,
}

/// Tells jokes.
#[workflow(state = Tally, stream = Joke, timeout = "5s", max_runs = 2)]
#[derive(Debug, Clone, Copy)]
pub struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, ctx: &Context<Self>, Start(text): Start<String>) -> StepResult<Vec<Joke>> {
        ctx.state().update(|tally| tally.told += 1);
        Ok(vec![Joke { text }])
    }

    #[step]
    #[blocking(cpu)]
    fn judge(&self, joke: Joke) -> (Verdict, InputRequired<String>) {
        (if joke.text.is_empty() { Verdict::Bad } else { Verdict::Good(3) }, InputRequired(joke.text))
    }

    #[resource]
    async fn client() -> String {
        String::new()
    }

    #[resource(cached = false)]
    #[blocking(io)]
    fn session(&self, #[resource(client)] client: &str, #[config("a.json")] words: Vec<String>) -> StepResult<usize> {
        Ok(client.len() + words.len())
    }

    #[step]
    async fn answer(
        &self,
        #[resource(session)] session: &usize,
        HumanResponse(yes): HumanResponse<bool>,
        #[config("a.json", select = "b")] text: &String,
    ) -> Option<Stop<bool>> {
        Some(Stop(yes && text.len() == *session))
    }

    #[step]
    async fn end(&self, verdicts: Vec<Verdict>) -> Stop<bool> {
        Stop(matches!(verdicts.as_slice(), [Verdict::Good(_)]))
    }
}

fn main() {
    drop(Jokes.run(String::new()));
}
