use workflows_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize)]
struct Draft(String);

#[workflow]
struct Approval;

#[workflow]
impl Approval {
    #[step]
    async fn ask(&self, Start(text): Start<String>) -> (InputRequired<Draft>, InputRequired<String>) {
        (InputRequired(Draft(text.clone())), InputRequired(text))
    }

    #[step]
    async fn answered(&self, HumanResponse(yes): HumanResponse<bool>) -> OneOf<Stop<bool>, InputRequired<String>> {
        if yes { Stop(yes).emit() } else { InputRequired("again?".to_owned()).emit() }
    }

    #[step]
    async fn explained(&self, HumanResponse(why): HumanResponse<String>) -> Option<Stop<bool>> {
        Some(Stop(why.is_empty()))
    }

    #[step]
    async fn noted(&self, _: HumanResponse<bool>) {}
}

fn main() {
    let _ = |run: workflows_runtime::RunHandle<Approval>| {
        run.send(HumanResponse(true)).unwrap();
        run.send(HumanResponse("because".to_owned())).unwrap();
    };
}
