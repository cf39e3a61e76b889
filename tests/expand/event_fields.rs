use workflows_runtime::prelude::*;

#[event]
struct Draft {
    text: String,
    sources: Vec<Source>,
}

/// `Clone` is derived by the user, and the event is mentioned in its fields.
#[event]
#[derive(Clone)]
enum Review {
    Good(Source),
    Bad { why: String, next: Option<Box<Review>> },
    None,
}
