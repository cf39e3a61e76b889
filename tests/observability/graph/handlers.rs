//! Error handlers in pictures.

use workflows_runtime::prelude::*;

#[event]
struct Ordered;

#[event]
struct Checked;

#[event]
struct Reserved;

#[event]
struct Paid;

#[event]
struct Packed;

#[event]
struct Shipped;

#[event]
struct Billed;

#[workflow]
struct Shop {
    fails: bool,
}

#[workflow]
impl Shop {
    #[step]
    async fn order(&self, Start(()): Start<()>) -> Ordered {
        Ordered
    }

    #[step]
    async fn check(&self, _: Ordered) -> Checked {
        Checked
    }

    #[step]
    async fn reserve(&self, _: Checked) -> Reserved {
        Reserved
    }

    #[step]
    async fn pay(&self, _: Reserved) -> StepResult<Paid> {
        if self.fails { Err("no money".into()) } else { Ok(Paid) }
    }

    #[step]
    async fn pack(&self, _: Paid) -> Packed {
        Packed
    }

    #[step]
    async fn ship(&self, _: Packed) -> Shipped {
        Shipped
    }

    #[step]
    async fn bill(&self, _: Shipped) -> StepResult<Billed> {
        Ok(Billed)
    }

    #[step]
    async fn close(&self, _: Billed) -> Stop<bool> {
        Stop(true)
    }

    #[catch_error(steps(bill))]
    async fn bill_by_hand(&self, _: StepFailed) -> Billed {
        Billed
    }

    #[catch_error]
    async fn give_up(&self, _: StepFailed) -> Stop<bool> {
        Stop(false)
    }
}

#[test]
fn handler_of_many_steps_has_a_label_instead_of_arrows() {
    let graph = Shop::graph();
    let mermaid = graph.mermaid().to_string();
    assert!(mermaid.contains("step_give_up[\"give_up<br/><i>if any of 7 steps fails</i>\"]"), "{mermaid}");
    assert!(mermaid.contains("step_bill -.->|fails| step_bill_by_hand\n"), "{mermaid}");
    assert_eq!(mermaid.matches("|fails|").count(), 1, "{mermaid}");
    // The data has all of them.
    let representation = serde_json::to_string(&graph.representation()).unwrap();
    assert_eq!(representation.matches("\"give_up\"").count(), 2 + 7 + 1, "{representation}");
}

#[tokio::test]
async fn failure_that_a_run_had_is_drawn_on_the_graph() {
    let graph = Shop::graph();
    for (fails, arrows) in [(false, 1), (true, 2)] {
        let run = Shop { fails }.run(()).record_trace(100).start();
        assert_eq!(run.result().await.unwrap(), !fails);
        let trace = run.trace().unwrap();
        let mermaid = trace.on_graph(&graph).mermaid().to_string();
        assert_eq!(mermaid.contains("step_pay -.->|fails, 1×| step_give_up\n"), fails, "{mermaid}");
        assert_eq!(mermaid.matches("|fails").count(), arrows, "{mermaid}");
    }
}
