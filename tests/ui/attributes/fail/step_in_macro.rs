#![allow(unused_macros, unused_imports)]

use workflows_runtime::prelude::*;

mod facade;

macro_rules! end {
    ($name:ident) => {
        #[step]
        async fn $name(&self, Draft(text): Draft) -> Stop<String> {
            Stop(text)
        }
    };
}

#[event]
struct Draft(String);

#[workflow]
struct Writer;

#[workflow]
impl Writer {
    #[step]
    async fn write(&self, Start(topic): Start<String>) -> Draft {
        Draft(topic)
    }

    end!(publish);
}

/// The macro is declared in another file, so the workflow is checked without its step.
#[workflow]
struct Reader;

#[workflow]
impl Reader {
    #[step]
    async fn read(&self, Start(topic): Start<String>) -> Stop<String> {
        Stop(topic)
    }

    facade::begin!(start);
}

fn main() {}
