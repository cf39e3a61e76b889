use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
}

/// What the user derives is not derived again.
#[event]
#[derive(PartialEq, Clone)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    Good { why: String },
    Bad,
}
