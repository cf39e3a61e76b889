use workflows_runtime::prelude::*;

#[event]
struct Draft(String);

#[workflow]
struct Writer;

#[workflow]
impl Writer {
    #[step]
    async fn write(&self, Start(topic): Start<String>) -> Draft {
        Draft(topic)
    }

    #[step]
    async fn write(&self, Draft(text): Draft, #[resource(footer)] footer: &String) -> Stop<String> {
        Stop(text + footer)
    }

    #[resource]
    async fn footer() -> String {
        String::new()
    }
}

fn main() {}
