//! A step that blocks, three calls below. It compiles, because the macro sees the body of the step and no other
//! function.
//!
//! Run it: `cargo run -p below`. Find the call: `cargo workflows check -p below`.

mod greeting;

use workflows_runtime::prelude::*;

#[event]
struct Guest {
    name: String,
    language: String,
}

#[workflow]
struct Welcome;

#[workflow]
impl Welcome {
    #[step]
    async fn guest(&self, Start(name): Start<String>) -> Guest {
        // Reads the same file on a thread that may block, so it is not reported.
        #[blocking(io)]
        let language = greeting::language();
        Guest { name, language }
    }

    /// Reads a file, three calls below.
    #[step]
    async fn greet(&self, Guest { name, language }: Guest) -> Stop<String> {
        Stop(format!("{} {name}", greeting::of(&language)))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), RunError> {
    println!("{}", Welcome.run("you".to_owned()).await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn guest_without_a_file_is_greeted() {
        assert_eq!(Welcome.run("you".to_owned()).await.unwrap(), "hello, you");
    }
}
