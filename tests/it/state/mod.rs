//! The state of a run: typed, and as a `StateMap`.

mod map;
mod typed;

use std::collections::BTreeMap;
use workflows_runtime::prelude::*;

fn state(pairs: &[(&str, serde_json::Value)]) -> StateMap {
    let mut state = StateMap::default();
    for (path, value) in pairs {
        state.set(path, value).unwrap();
    }
    state
}

#[event]
struct Item(u32);
#[event]
struct Done;

#[workflow]
struct Sum;

#[workflow]
impl Sum {
    #[step]
    async fn fan(&self, Start(n): Start<u32>) -> Vec<Item> {
        (0..n).map(Item).collect()
    }

    #[step(workers = 10)]
    #[blocking(io)]
    fn add(&self, ctx: &Context<Self>, Item(n): Item) -> StepResult<Done> {
        ctx.state().at("sums.all").update_or(0, |sum: &mut u32| *sum += n)?;
        ctx.state().at(&format!("sums.{}", n % 10)).update_or(0, |sum: &mut u32| *sum += n)?;
        Ok(Done)
    }

    #[step]
    async fn end(&self, ctx: &Context<Self>, _all: Vec<Done>) -> StepResult<Stop<BTreeMap<String, u32>>> {
        Ok(Stop(ctx.state().at("sums").get()?))
    }
}
