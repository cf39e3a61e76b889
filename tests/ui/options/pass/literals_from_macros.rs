//! A literal may be an argument of the macro that writes the workflow.

use workflows_runtime::prelude::*;

macro_rules! lookup {
    ($name:ident, $workers:literal, $limit:literal, $step_limit:expr, $select:literal) => {
        #[workflow(timeout = $limit, max_runs = $workers)]
        struct $name;

        #[workflow]
        impl $name {
            #[step(workers = $workers, timeout = $step_limit)]
            async fn look_up(&self, Start(key): Start<u32>) -> OneOf<Found, Stop<u32>> {
                Found(key).emit()
            }

            #[step]
            async fn print(&self, found: Found, #[config("keys.json", select = $select)] offset: &u32) -> Stop<u32> {
                Stop(found.0 + offset)
            }

            #[catch_error(max_recoveries = $workers)]
            async fn recover(&self, _: StepFailed) -> Stop<u32> {
                Stop(0)
            }
        }
    };
}

#[event]
struct Found(u32);

lookup!(Lookup, 2, "30s", "5s", "keys.offset");

fn main() {
    let _ = Lookup.run(1);
}
