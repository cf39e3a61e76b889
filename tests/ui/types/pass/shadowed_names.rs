//! Types whose names are also those of the standard library, of this library, and of what is
//! generated.

use workflows_runtime::{OneOf, StepError, Stop, workflow};

mod events {
    use workflows_runtime::event;

    #[event]
    pub struct Event;
    #[event]
    pub struct Step;
    #[event]
    pub struct Graph;
    #[event]
    pub struct Context;
    #[event]
    pub struct Workflow;
    #[event]
    pub struct Never;
    #[event]
    pub struct Settings;
    #[event]
    pub struct StepInput;
}
use events::*;

struct String;
struct Vec;
struct Some;
struct None;
struct Ok;
struct Err;
struct Default;
struct Send;
type Option<T> = std::option::Option<T>;
type Result<T> = std::result::Result<T, StepError>;

#[workflow]
struct Names;

#[workflow]
impl Names {
    #[step]
    async fn begin(&self, _: workflows_runtime::Start<u8>) -> Result<OneOf<Event, Step, Graph, Context, Workflow, Never, Settings, StepInput>> {
        std::result::Result::Ok(OneOf::A(Event))
    }

    #[step]
    async fn some(&self, _: OneOf<Event, Step, Graph, Context>) {}

    #[step]
    async fn end(&self, _: OneOf<Workflow, Never, Settings, StepInput>) -> Option<Stop<u8>> {
        std::option::Option::Some(Stop(1))
    }
}

fn main() {}
