use workflows_runtime::prelude::*;

#[workflow]
impl Hello {
    #[cfg(unix)]
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }

    #[cfg(test)]
    fn not_a_step(&self) {}
}
