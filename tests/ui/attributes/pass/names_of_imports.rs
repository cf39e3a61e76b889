//! Attributes that are imported by name, renamed, or not imported at all.

#![deny(warnings)]

/// Macros that write other items than steps.
macro_rules! log {
    () => {
        fn log() -> String {
            String::new()
        }
    };
}

mod by_name {
    use workflows_runtime::{Start, StepFailed, Stop, blocking, catch_error, resource, step, workflow};

    #[workflow]
    pub struct Hello;

    #[workflow]
    impl Hello {
        #[resource]
        async fn greeting() -> String {
            "hello".to_owned()
        }

        #[step]
        async fn greet(&self, #[resource(greeting)] greeting: &str, Start(name): Start<String>) -> Stop<usize> {
            let text = format!("{greeting}, {name}");
            #[blocking(cpu)]
            let length = text.len();
            Stop(length)
        }

        #[catch_error]
        async fn recover(&self, failed: StepFailed) {
            drop(failed);
        }
    }
}

mod renamed {
    pub(super) use workflows_runtime::step as node;
    use workflows_runtime::{Start, Stop, workflow};

    #[workflow]
    pub struct Hello;

    #[workflow]
    impl Hello {
        #[node(workers = 2)]
        async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
            Stop(name)
        }
    }
}

mod of_a_renamed_crate {
    use super::renamed::node;
    use workflows_runtime as runtime;
    use runtime::{Start, StepFailed, Stop, catch_error as rescue, workflow};

    #[workflow]
    pub struct Hello;

    #[workflow]
    impl Hello {
        #[node]
        async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
            Stop(name)
        }

        #[rescue]
        async fn recover(&self, failed: StepFailed) {
            drop(failed);
        }
    }
}

mod not_imported {
    use workflows_runtime::{Start, Stop, workflow};

    #[workflow]
    pub struct Hello;

    #[workflow]
    impl Hello {
        #[step]
        async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
            step();
            Stop(name)
        }
    }

    fn step() {}
}

mod in_a_function {
    use workflows_runtime::prelude::*;

    pub fn run() {
        #[workflow]
        struct Hello;

        #[workflow]
        impl Hello {
            #[step]
            async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
                Stop(name)
            }

            log!();
        }

        drop(Hello.run(Hello::log()));
    }
}

fn main() {
    in_a_function::run();
    let _ = (by_name::Hello, renamed::Hello, of_a_renamed_crate::Hello, not_imported::Hello);
}
