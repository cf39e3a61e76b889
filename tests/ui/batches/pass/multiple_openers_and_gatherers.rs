use workflows_runtime::prelude::*;

#[event]
struct Part;
#[event]
struct Done;
#[event]
struct Report;

#[workflow]
struct Works;

#[workflow]
impl Works {
    #[step]
    async fn one(&self, _: Start<()>) -> Vec<Part> {
        vec![Part, Part]
    }

    #[step]
    async fn two(&self, _: Start<()>) -> (Vec<Part>, Vec<OneOf<Part, Done>>) {
        (vec![Part], vec![Done.emit()])
    }

    #[step]
    async fn work(&self, _: Part) -> Done {
        Done
    }

    #[step]
    async fn count(&self, done: Vec<Done>) -> Option<Report> {
        (!done.is_empty()).then_some(Report)
    }

    #[step]
    async fn also(&self, all: Vec<OneOf<Part, Done>>) {
        println!("{}", all.len());
    }

    #[step]
    async fn reports(&self, _: [Report; 3]) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
