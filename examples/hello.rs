//! The smallest workflow: one step from the input to the result.
//! Run it: `cargo run --example hello [NAME]`.

use workflows_runtime::prelude::*;

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(format!("hello, {name}"))
    }
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "world".to_owned());
    println!("{}", Hello.run(name).await?);
    Ok(())
}
