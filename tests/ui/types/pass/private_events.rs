#![deny(private_interfaces, private_bounds, unreachable_pub, unnameable_types)]

use workflows_runtime::prelude::*;

#[event]
struct Hidden;

mod inner {
    use workflows_runtime::prelude::*;

    #[event]
    pub(super) struct Inner;

    #[workflow]
    pub(in crate::inner) struct Deep;

    #[workflow]
    impl Deep {
        #[step]
        async fn begin(&self, _: Start<()>) -> Inner {
            Inner
        }

        #[step]
        async fn end(&self, _: Inner) -> Stop<()> {
            Stop(())
        }
    }
}

#[workflow]
pub struct Public {
    name: String,
}

#[workflow]
impl Public {
    #[step]
    async fn begin(&self, _: Start<()>) -> (Hidden, inner::Inner) {
        let _ = &self.name;
        (Hidden, inner::Inner)
    }

    #[step]
    async fn end(&self, _: Hidden, _: inner::Inner) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
