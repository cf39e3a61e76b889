use workflows_runtime::{Context, HumanResponse, InputRequired, Start, Stop, workflow};

type Begin = Start<Input>;
type Input = String;
type End = Stop<usize>;
type Ask = InputRequired<String>;
type Answer = HumanResponse<bool>;
type Ctx = Context<Aliases>;

#[workflow]
struct Aliases;

#[workflow]
impl Aliases {
    #[step]
    async fn begin(&self, Start(text): Begin) -> End {
        Stop(text.len())
    }

    #[step]
    async fn other(&self, _: Begin, _: &Ctx) -> Option<End> {
        None
    }

    #[step]
    async fn plain(&self, _: Start<std::string::String>) -> Option<Stop<usize>> {
        None
    }

    #[step]
    async fn ask(&self, _: Begin) -> Option<Ask> {
        None
    }

    #[step]
    async fn answer(&self, _: Answer) {}

    #[step]
    async fn same_answer(&self, _: HumanResponse<bool>) {}
}

fn main() {}
