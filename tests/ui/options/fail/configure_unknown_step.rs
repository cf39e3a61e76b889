use workflows_runtime::prelude::*;

#[workflow]
struct Greet;

#[workflow]
impl Greet {
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

async fn run() {
    let _ = Greet.run("Ann".to_owned()).configure(|steps| steps.great.workers(2)).await;
    let _ = Greet.run("Ann".to_owned()).configure(|steps| steps.greet.worker(2)).await;
}

fn main() {
    let _ = run;
}
