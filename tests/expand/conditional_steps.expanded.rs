use workflows_runtime::prelude::*;
#[cfg(unix)]
#[::workflows_runtime::workflow()]
impl Hello {
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
    #[cfg(test)]
    fn not_a_step(&self) {}
}
#[cfg(not(unix))]
#[::workflows_runtime::workflow()]
impl Hello {
    #[cfg(test)]
    fn not_a_step(&self) {}
}
