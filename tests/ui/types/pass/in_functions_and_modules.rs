use workflows_runtime::prelude::*;

fn function() -> impl Sized {
    #[event]
    struct Local;

    #[workflow]
    struct Inside;

    #[workflow]
    impl Inside {
        #[step]
        async fn begin(&self, _: Start<()>) -> Local {
            Local
        }

        #[step]
        async fn end(&self, _: Local) -> Stop<()> {
            Stop(())
        }
    }

    {
        #[event]
        struct Local;

        #[workflow]
        struct Inside;

        #[workflow]
        impl Inside {
            #[step]
            async fn begin(&self, _: Start<()>) -> Local {
                Local
            }

            #[step]
            async fn end(&self, _: Local) -> Stop<()> {
                Stop(())
            }
        }
        let _ = Inside.run(());
    }
    Inside.run(()).start()
}

pub mod outer {
    pub mod deep {
        use workflows_runtime::prelude::*;

        #[workflow]
        pub(in crate::outer) struct Nested;
    }

    use workflows_runtime::prelude::*;

    #[workflow]
    impl deep::Nested {
        #[step]
        async fn begin(&self, _: Start<()>) -> Stop<()> {
            Stop(())
        }
    }
}

#[workflow]
struct One;
#[workflow]
struct Two;
#[event]
struct Shared;

#[workflow]
impl One {
    #[step]
    async fn begin(&self, _: Start<()>) -> Shared {
        Shared
    }
    #[step]
    async fn end(&self, _: Shared) -> Stop<()> {
        Stop(())
    }
}

#[workflow]
impl self::Two {
    #[step]
    async fn begin(&self, _: Start<Shared>) -> Shared {
        Shared
    }
    #[step]
    async fn end(&self, _: Shared) -> Stop<Shared> {
        Stop(Shared)
    }
}

const _: () = {
    #[workflow]
    struct InAConstant;

    #[workflow]
    impl InAConstant {
        #[step]
        async fn begin(&self, _: Start<()>) -> Stop<()> {
            Stop(())
        }
    }
};

fn main() {
    let _ = function;
}
