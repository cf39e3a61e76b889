use workflows_runtime::prelude::*;

#[event]
struct A;

#[workflow]
struct Names;

#[workflow]
impl Names {
    #[step]
    async fn run(&self, _: Start<()>) -> A {
        A
    }
    #[step]
    async fn start(&self, _: A) {}
    #[step]
    async fn dispatch(&self, _: A) {}
    #[step]
    async fn slot(&self, _: A) {}
    #[step]
    async fn wrap(&self, _: A) {}
    #[step]
    async fn take(&self, _: A) {}
    #[step]
    async fn clone(&self, _: A) {}
    #[step]
    async fn prompt(&self, _: A) {}
    #[step]
    async fn instances(&self, _: A) {}
    #[step]
    async fn serialize(&self, _: A) {}
    #[step]
    async fn new(&self, _: A) {}
    #[step]
    async fn emit(&self, _: A) {}
    #[step]
    async fn into(&self, _: A) -> Stop<()> {
        Stop(())
    }
    #[step]
    async fn r#match(&self, _: A) {}
    #[step]
    async fn r#loop(&self, _: A) {}
    #[step]
    async fn job(&self, _: A) {}
    #[step]
    async fn flow(&self, _: A) {}
    #[step]
    async fn __context(&self, __e0: A, __context: &Context<Self>) {
        let _ = (__e0, __context);
    }
}

fn main() {}
