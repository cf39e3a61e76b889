//! Joins whose events come together: in a tuple, from two takers, from two gathering steps, from a context, from the
//! client, in a loop, and in a batch whose branches differ.

use workflows_runtime::prelude::*;

#[event]
struct A;

#[event]
struct B;

#[event]
struct Item;

#[workflow]
struct Tuple;

#[workflow]
impl Tuple {
    #[step]
    async fn begin(&self, Start(()): Start<()>) -> (A, B) {
        (A, B)
    }

    #[step]
    async fn pair(&self, _: A, _: B) -> Stop<()> {
        Stop(())
    }
}

#[workflow]
struct TwoTakers;

#[workflow]
impl TwoTakers {
    #[step]
    async fn one(&self, Start(()): Start<()>) -> A {
        A
    }

    #[step]
    async fn other(&self, Start(()): Start<()>) -> B {
        B
    }

    #[step]
    async fn pair(&self, _: A, _: B) -> Stop<()> {
        Stop(())
    }
}

#[workflow]
struct TwoGatherers;

#[workflow]
impl TwoGatherers {
    #[step]
    async fn begin(&self, Start(()): Start<()>) -> Vec<Item> {
        vec![Item]
    }

    #[step]
    async fn one(&self, _: Vec<Item>) -> A {
        A
    }

    #[step]
    async fn other(&self, _: Vec<Item>) -> B {
        B
    }

    #[step]
    async fn pair(&self, _: A, _: B) -> Stop<()> {
        Stop(())
    }
}

#[workflow]
struct Sent;

#[workflow]
impl Sent {
    #[step]
    async fn begin(&self, ctx: &Context<Self, (A,)>, Start(()): Start<()>) -> B {
        ctx.send(A);
        B
    }

    #[step]
    async fn pair(&self, _: A, _: B) -> Stop<()> {
        Stop(())
    }
}

#[workflow]
struct FromTheClient;

#[workflow]
impl FromTheClient {
    #[step]
    async fn begin(&self, Start(()): Start<()>) -> (A, InputRequired<String>) {
        (A, InputRequired("name?".to_owned()))
    }

    #[step]
    async fn pair(&self, _: A, HumanResponse(_): HumanResponse<String>) -> Stop<()> {
        Stop(())
    }
}

#[workflow]
struct Loop;

#[workflow]
impl Loop {
    #[step]
    async fn begin(&self, Start(()): Start<()>) -> Item {
        Item
    }

    #[step]
    async fn round(&self, _: Item) -> (A, Item) {
        (A, Item)
    }

    #[step]
    async fn three(&self, _: [A; 3]) -> Stop<()> {
        Stop(())
    }
}

#[event]
struct Both;

#[workflow]
struct Branches;

#[workflow]
impl Branches {
    #[step]
    async fn begin(&self, Start(()): Start<()>) -> Vec<Item> {
        vec![Item, Item]
    }

    #[step]
    async fn sort(&self, _: Item) -> OneOf<A, B> {
        A.emit()
    }

    #[step]
    async fn pair(&self, _: A, _: B) -> Both {
        Both
    }

    #[step]
    async fn end(&self, _: Vec<Both>) -> Stop<()> {
        Stop(())
    }
}

#[workflow]
struct Unchecked;

#[workflow]
impl Unchecked {
    #[step]
    async fn begin(&self, Start(()): Start<()>) -> OneOf<A, B, Stop<()>> {
        Stop(()).emit()
    }

    /// Not wrong, only unused yet.
    #[step(unchecked(reachable))]
    async fn pair(&self, _: A, _: B) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
