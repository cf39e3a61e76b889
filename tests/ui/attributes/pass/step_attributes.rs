//! Attributes of the compiler on steps, resources, events and workflows.

#![deny(warnings)]

use workflows_runtime::prelude::*;

#[event]
#[deprecated = "use `New`"]
#[derive(Default)]
struct Old {
    #[deprecated]
    x: u8,
}

#[event]
#[allow(deprecated, dead_code)]
enum New {
    #[deprecated]
    A(u8),
    B,
}

#[workflow(stream = u8, state = u8)]
struct OfOldEvents;

#[workflow]
#[allow(deprecated)]
impl OfOldEvents {
    #[step]
    #[deprecated(since = "1", note = "call `end`")]
    async fn begin(&self, ctx: &Context<Self, (New,)>, _: Start<u8>) -> Old {
        ctx.send(New::B);
        Old::default()
    }

    #[step]
    #[deprecated]
    #[blocking(io)]
    fn parse(&self, #[resource(one)] _: &u8, _: Start<u8>) -> StepResult<()> {
        let _: u8 = "3".parse()?;
        Ok(())
    }

    #[resource]
    #[deprecated]
    #[must_use]
    async fn one() -> u8 {
        1
    }

    #[step]
    async fn new(&self, _: New) {}

    #[step]
    async fn end(&self, Old { x }: Old) -> Stop<u8> {
        Stop(x)
    }
}

#[workflow]
#[deprecated]
struct OldWorkflow;

#[workflow]
#[allow(deprecated)]
impl OldWorkflow {
    #[step]
    async fn end(&self, _: Start<u8>) -> Stop<u8> {
        Stop(1)
    }
}

#[event]
struct Next;

#[workflow]
struct Attributes;

#[workflow]
impl Attributes {
    /// Documented.
    #[doc = "Twice."]
    #[step]
    #[deprecated]
    #[must_use]
    #[inline(always)]
    #[expect(clippy::unused_async)]
    #[expect(unused_variables, unreachable_code)]
    async fn begin(&self, Start(n): Start<u8>) -> Next {
        return Next;
        Next
    }

    #[allow(non_snake_case)]
    #[step]
    #[cold]
    #[inline(never)]
    async fn endOfAll(&self, #[allow(unused_variables)] next: Next, #[resource(theClient)] client: &u8) -> Stop<u8> {
        Stop(*client)
    }

    #[allow(non_snake_case)]
    #[resource]
    async fn theClient() -> u8 {
        1
    }
}

#[allow(deprecated)]
#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(Attributes.run(1).await.unwrap(), 1);
    assert_eq!(OfOldEvents.run(1).await.unwrap(), 0);
    assert_eq!(OldWorkflow.run(1).await.unwrap(), 1);
}
