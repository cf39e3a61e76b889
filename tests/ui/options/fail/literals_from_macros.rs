use workflows_runtime::prelude::*;

macro_rules! lookup {
    ($workers:literal, $limit:literal) => {
        #[workflow]
        struct Lookup;

        #[workflow]
        impl Lookup {
            #[step(workers = $workers)]
            async fn look_up(&self, Start(key): Start<u32>) -> Found {
                Found(key)
            }

            #[step(timeout = $limit)]
            async fn print(&self, found: Found) -> Stop<u32> {
                Stop(found.0)
            }
        }
    };
}

#[event]
struct Found(u32);

lookup!(0, "soon");

fn main() {}
