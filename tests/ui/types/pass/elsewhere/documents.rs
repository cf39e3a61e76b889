use crate::Reader;
use std::sync::{Arc, Mutex};
use workflows_runtime::RunHandle;

/// A document that threads share.
#[derive(Default)]
pub struct Document {
    pub text: Option<Arc<str>>,
}

/// Refers to the workflow that has it as a field.
#[derive(Default)]
pub struct Runs {
    pub all: Mutex<Vec<RunHandle<Reader>>>,
}

pub trait Source {
    type Held;
}

pub struct Files;

impl Source for Files {
    type Held = Runs;
}
