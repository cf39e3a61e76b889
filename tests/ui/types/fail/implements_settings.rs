use std::time::Duration;
use workflows_runtime::{Never, Settings};

struct Jokes;

impl Settings for Jokes {
    type State = ();
    type Stream = Never;
    const TIMEOUT: Option<Duration> = None;
    const MAX_RUNS: Option<usize> = None;
}

fn main() {}
