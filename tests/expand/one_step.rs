use workflows_runtime::prelude::*;

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    /// Greets.
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}
