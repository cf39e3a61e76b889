#![forbid(unsafe_code)]
#![deny(warnings)]

pub mod pages;

use workflows_runtime::prelude::*;

/// Greets by name.
///
/// Politely.
#[workflow]
pub struct Greet;

#[workflow]
impl Greet {
    /// Says hello.
    #[step]
    async fn hello(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(format!("Hello, {name}!"))
    }
}

/// Not public, and in a module whose name is that of a workflow elsewhere.
mod secret {
    use workflows_runtime::prelude::*;

    #[workflow]
    struct Digest;

    #[workflow]
    impl Digest {
        #[step]
        async fn hide(&self, Start(number): Start<u8>) -> Stop<u8> {
            Stop(number)
        }
    }

    #[cfg(test)]
    mod tests {
        use super::Digest;

        #[test]
        fn is_not_run() {
            let _ = Digest;
            panic!("only the tests that write graphs run");
        }
    }
}

macro_rules! flow {
    ($name:ident, $step:ident) => {
        #[workflow]
        pub struct $name;

        #[workflow]
        impl $name {
            #[step]
            async fn $step(&self, Start(()): Start<()>) -> Stop<()> {
                Stop(())
            }
        }
    };
}

flow!(Made, by_a_macro);

/// Declares a workflow, which nothing outside of it can name.
pub async fn local() -> Result<u8, RunError> {
    #[workflow]
    struct Local;

    #[workflow]
    impl Local {
        #[step]
        async fn work(&self, Start(number): Start<u8>) -> Stop<u8> {
            Stop(number)
        }
    }

    Local.run(1).await
}
