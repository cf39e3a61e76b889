//! A workflow of two steps.

use workflows_runtime::prelude::*;

#[event]
struct Draft {
    text: String,
}

#[workflow]
struct Writer;

#[workflow]
impl Writer {
    #[step]
    async fn write(&self, Start(topic): Start<String>) -> Draft {
        Draft { text: format!("on {topic}") }
    }

    #[step]
    async fn review(&self, draft: Draft) -> Stop<String> {
        Stop(format!("{}, reviewed", draft.text))
    }
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    let topic = std::env::args().nth(1).unwrap_or_else(|| "workflows".to_owned());
    println!("{}", Writer.run(topic).await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Writer;
    use workflows_runtime::prelude::*;

    #[tokio::test]
    async fn draft_is_reviewed() {
        let text = Writer.run("tests".to_owned()).await.unwrap();
        assert_eq!(text, "on tests, reviewed");
    }
}
