use workflows_runtime::prelude::*;

#[event] struct Draft  { text: String, round: u32 }
#[event] struct Aspect { draft: Draft, name: String }
#[event] struct Score  { draft: Draft, aspect: String, points: u32 }

#[workflow]
struct Essay;

#[workflow]
impl Essay {
    #[step]
    async fn write(&self, Start(topic): Start<String>) -> Draft {
        Draft { text: topic, round: 1 }
    }

    /// Fans out: each element is a branch.
    #[step]
    async fn review(&self, draft: Draft) -> Vec<Aspect> {
        ["style", "facts", "length"].map(|name| Aspect { draft: draft.clone(), name: name.into() }).into()
    }

    /// Runs for each aspect, up to three at a time, on the CPU pool.
    #[step(workers = 3)]
    #[blocking(cpu)]
    fn judge(&self, Aspect { draft, name }: Aspect) -> Score {
        let points = 3 * draft.round + u32::from(name == "style");
        Score { draft, aspect: name, points }
    }

    /// Gathers all scores of a draft. Loops with a better draft, or ends the run.
    #[step]
    async fn decide(&self, scores: Vec<Score>) -> OneOf<Draft, Stop<String>> {
        let worst = scores.into_iter().min_by_key(|score| score.points).expect("three scores");
        let Draft { text, round } = worst.draft;
        if worst.points > 5 {
            return Stop(format!("{text}, after {round} rounds")).emit();
        }
        Draft { text: format!("{text}, with better {}", worst.aspect), round: round + 1 }.emit()
    }
}
