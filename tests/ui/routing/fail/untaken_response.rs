use workflows_runtime::prelude::*;

#[workflow]
struct Approval;

#[workflow]
impl Approval {
    #[step]
    async fn ask(&self, Start(text): Start<String>) -> InputRequired<String> {
        InputRequired(text)
    }

    #[step]
    async fn done(&self, HumanResponse(yes): HumanResponse<bool>) -> Stop<bool> {
        Stop(yes)
    }
}

fn main() {
    let run = Approval.run("really?".to_owned()).start();
    run.send(HumanResponse("yes".to_owned())).unwrap();
}
