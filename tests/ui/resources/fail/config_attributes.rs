use workflows_runtime::prelude::*;

#[workflow]
struct Flow;

#[workflow]
impl Flow {
    #[step]
    async fn no_file(&self, #[config] _: u8, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }

    #[step]
    async fn not_json(&self, #[config("llm.toml")] _: u8, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }

    #[step]
    async fn not_text(&self, #[config(llm)] _: u8, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }

    #[step]
    async fn no_comma(&self, #[config("llm.json" select = "a")] _: u8, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }

    #[step]
    async fn no_option(&self, #[config("llm.json", path = "a")] _: u8, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }

    #[step]
    async fn empty_segment(&self, #[config("llm.json", select = "a..b")] _: u8, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }

    #[step]
    async fn changed(&self, #[config("llm.json")] _: &mut u8, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }

    #[step]
    async fn unsized_text(&self, #[config("llm.json")] _: &str, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
