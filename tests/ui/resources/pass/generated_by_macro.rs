use workflows_runtime::prelude::*;

pub struct Llm;

macro_rules! flow {
    ($name:ident, $resource:ident, $made:ty, $taken:ty, $read:ty, $file:literal) => {
        #[workflow]
        pub struct $name;

        #[workflow]
        impl $name {
            #[resource]
            async fn $resource(#[config($file)] _: $read) -> $made {
                Llm
            }

            #[step]
            async fn go(&self, #[resource($resource)] _: $taken, #[config($file)] n: $read, _: Start<()>) -> Stop<u8> {
                Stop(n)
            }

            // A handler takes them, too.
            #[catch_error]
            async fn caught(&self, _: StepFailed, #[resource($resource)] _: $taken, #[config($file)] n: $read) -> Stop<u8> {
                Stop(n)
            }
        }
    };
}

flow!(Flow, llm, Llm, &Llm, u8, "a.json");

fn main() {}
