//! Nothing that the macros generate trips a lint, however strict, nor allows one that a crate forbids.
//!
//! It compiles without the test harness, which allows `dead_code`. Clippy checks it with all other targets.
//! Lints that serde's derives allow are denied instead: a crate that forbids these cannot derive serde's traits.

#![forbid(unsafe_code)]
#![forbid(dead_code, deprecated, deprecated_in_future, unreachable_code, unreachable_patterns)]
#![forbid(unused_allocation, unused_assignments, unused_braces, unused_imports, unused_macro_rules, unused_macros)]
#![forbid(unused_must_use, unused_mut, unused_parens, unused_results, unused_lifetimes, unused_import_braces)]
#![forbid(missing_docs, missing_debug_implementations, missing_copy_implementations)]
#![forbid(non_snake_case, non_ascii_idents, unit_bindings, unexpected_cfgs, unnameable_types)]
#![forbid(trivial_casts, trivial_numeric_casts, variant_size_differences, single_use_lifetimes)]
#![forbid(elided_lifetimes_in_paths, explicit_outlives_requirements, redundant_imports, redundant_lifetimes)]
#![forbid(private_interfaces, private_bounds, non_local_definitions, refining_impl_trait)]
#![forbid(absolute_paths_not_starting_with_crate, keyword_idents, meta_variable_misuse, macro_use_extern_crate)]
#![forbid(long_running_const_eval, impl_trait_redundant_captures, unsafe_op_in_unsafe_fn, let_underscore_lock)]
#![deny(warnings, unused, nonstandard_style, future_incompatible, rust_2018_idioms, unused_qualifications)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery, clippy::cargo, clippy::restriction)]
#![allow(
    clippy::blanket_clippy_restriction_lints,
    clippy::implicit_return,
    clippy::single_call_fn,
    clippy::arbitrary_source_item_ordering,
    clippy::pub_with_shorthand,
    clippy::multiple_crate_versions,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "the style of this file"
)]

use std::{fmt, fs};
use workflows_runtime::prelude::*;

/// A joke.
#[event]
struct Joke {
    /// What is said.
    text: String,
}

/// A hint for the audience.
#[event]
#[derive(Copy)]
struct Hint;

/// The reaction of the audience.
#[event]
#[derive(Copy)]
enum Verdict {
    /// Laughter.
    Good(u8),
    /// Silence.
    Bad,
}

/// The counters of a run.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
struct Tally {
    /// The number of jokes.
    jokes: usize,
}

/// Events whose fields are checked.
#[event]
enum Said {
    /// Is a tuple.
    Joke(Joke, u8),
    /// Has fields.
    Several {
        /// Each one.
        jokes: Vec<Joke>,
        /// Their number.
        tally: Tally,
    },
}

/// Is copied.
#[event]
#[derive(Copy)]
struct Copied(Tally);

/// Tells jokes.
#[workflow(state = Tally, stream = Joke, timeout = "5s", max_runs = 2)]
#[derive(Debug, Clone, Copy)]
struct Jokes;

/// Sleeps.
const fn sleepy() {}

workflows_runtime::known_blocking! { crate::sleepy }

#[workflow(known_blocking)]
impl Jokes {
    /// Sends, reads the state, and offloads a statement.
    #[step(workers = 2, timeout = "5s", retry = Retry::fixed(Duration::from_secs(1)))]
    async fn tell(&self, ctx: &Context<Self, (Hint,)>, Start(text): Start<String>) -> StepResult<Vec<Joke>> {
        ctx.state().update(|tally| tally.jokes = tally.jokes.saturating_add(1));
        ctx.send(Hint);
        #[blocking(io)]
        let read = fs::read("Cargo.toml").unwrap_or_default();
        #[blocking(cpu)]
        let length = {
            sleepy();
            read.len()
        };
        #[blocking(cpu)]
        vec![length].clear();
        let mut lengths = vec![length];
        #[blocking(cpu)]
        lengths.sort_unstable();
        let last = lengths.last().copied().unwrap_or_default();
        Ok(vec![Joke { text: format!("{text}{last}") }])
    }

    /// Neither uses `self` nor awaits.
    #[step]
    async fn hint(&self, _: Hint) -> Option<Said> {
        let joke = Joke { text: String::new() };
        let tally = Tally { jokes: 1 };
        if tally.jokes > 1 {
            return Some(Said::Joke(joke, 1));
        }
        Some(Said::Several { jokes: vec![joke], tally })
    }

    /// Takes what has fields.
    #[step]
    async fn said(&self, said: Said) -> Copied {
        let jokes = match said {
            Said::Joke(joke, more) => joke.text.len().saturating_add(usize::from(more)),
            Said::Several { jokes, tally } => jokes.len().saturating_add(tally.jokes),
        };
        Copied(Tally { jokes })
    }

    /// Takes what is copied.
    #[step]
    async fn copied(&self, Copied(tally): Copied) -> Option<Stop<bool>> {
        (tally.jokes > 9).then_some(Stop(true))
    }

    /// Does not consume its input.
    #[step]
    #[blocking(cpu)]
    fn judge(&self, joke: Joke) -> (Verdict, InputRequired<String>) {
        (if joke.text.is_empty() { Verdict::Bad } else { Verdict::Good(3) }, InputRequired(joke.text))
    }

    /// A resource without parameters.
    #[resource]
    async fn client() -> String {
        String::new()
    }

    /// A resource with a resource and a config.
    #[resource(cached = false)]
    #[blocking(io)]
    fn session(&self, #[resource(client)] client: &str, #[config("a.json")] words: Vec<String>) -> StepResult<usize> {
        client.len().checked_add(words.len()).ok_or_else(|| fmt::Error.into())
    }

    /// Takes a resource, a config and a response.
    #[step]
    async fn answer(
        &self,
        #[resource(session)] session: &usize,
        HumanResponse(yes): HumanResponse<bool>,
        #[config("a.json", select = "b")] text: &String,
    ) -> Option<Stop<bool>> {
        (text.len() == *session).then_some(Stop(yes))
    }

    /// Waits in its body. The list of its context is long.
    #[step]
    async fn waits(
        &self,
        ctx: &Context<Self, (Hint, Joke, InputRequired<u8>, InputRequired<u32>, HumanResponse<u16>, HumanResponse<i8>)>,
        _: Start<String>,
    ) -> StepResult<()> {
        let (small, large): (u8, u32) = (1, 2);
        let first = ctx.ask_for::<u16>(small).await;
        let second = ctx.ask_for::<i8>(large).await;
        if first == 1 && second == 1 { Ok(()) } else { Err(fmt::Error.into()) }
    }

    /// Gathers.
    #[step]
    async fn end(&self, verdicts: Vec<Verdict>) -> Stop<bool> {
        Stop(matches!(verdicts.as_slice(), [Verdict::Good(_)]))
    }

    /// Takes and returns alternatives.
    #[step]
    async fn one(&self, joke: OneOf<Joke, Hint>, pair: Verdict) -> OneOf<Stop<bool>, InputRequired<u64>> {
        drop(joke);
        if matches!(pair, Verdict::Bad) { InputRequired(3).emit() } else { Stop(true).emit() }
    }

    /// Recovers.
    #[catch_error(steps(tell))]
    async fn on_tell(&self, failed: StepFailed) -> Option<Stop<bool>> {
        drop(failed);
        None
    }
}

/// The client of a generic workflow.
trait Client {
    /// Is one resource for all runs.
    type Session: Send + Sync + 'static;
    /// Its only error.
    type Error: Into<StepError>;

    /// Connects.
    fn session(&self) -> Result<Self::Session, Self::Error>;
}

/// A client without a connection.
#[derive(Debug, Clone, Copy)]
struct Offline;

impl Client for Offline {
    type Session = usize;
    type Error = fmt::Error;

    fn session(&self) -> Result<usize, fmt::Error> {
        Err(fmt::Error)
    }
}

/// Has a client and a limit.
#[workflow(max_runs = 2)]
#[derive(Debug, Clone, Copy)]
struct Research<C, const N: usize = 3> {
    /// Is shared by all runs.
    client: C,
}

#[workflow]
impl<C: Client + Send + Sync, const N: usize> Research<C, N> {
    /// Connects.
    #[resource]
    async fn session(&self) -> Result<C::Session, C::Error> {
        self.client.session()
    }

    /// Takes a context and a resource of a type that is not known.
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (Hint,)>,
        #[resource(session)] session: &C::Session,
        Start(text): Start<String>,
    ) -> StepResult<Joke, C::Error> {
        let _: &C::Session = session;
        ctx.send(Hint);
        Ok(Joke { text })
    }

    /// Uses a const parameter.
    #[step]
    async fn answer(&self, joke: Joke, _: Hint) -> Stop<usize> {
        Stop(joke.text.len().min(N))
    }
}

/// Is offloaded.
#[blocking(io)]
fn length(text: String) -> usize {
    text.len()
}

/// Is checked.
#[nonblocking]
async fn lengths() -> usize {
    length(String::new()).await
}

fn main() {
    drop(lengths());
    drop(Jokes.run(String::new()));
    drop(Research::<_, 3> { client: Offline }.run(String::new()));
}
