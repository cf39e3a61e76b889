use workflows_runtime::prelude::*;

struct Limits;

#[derive(Deserialize)]
struct Fixed {
    most: u8,
}

#[workflow]
struct Flow;

#[workflow]
impl Flow {
    #[step]
    async fn cannot_be_read(&self, #[config("app.json")] _: &Limits, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }

    #[step]
    async fn cannot_be_copied(&self, #[config("app.json")] fixed: Fixed, Start(()): Start<()>) -> Stop<()> {
        let _ = fixed.most;
        Stop(())
    }
}

fn main() {}
