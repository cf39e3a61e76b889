//! Timelines and graphs of runs. The tests compare structure.

use super::{trace_of, workflows::FAN};
use tokio::time::sleep;
use workflows_runtime::prelude::*;
use workflows_tests::{Attempts, ms, secs};

#[event]
struct Page(u32);
#[event]
struct Summary(u32);

/// Fetches pages with retries, and ends in one of two ways.
#[workflow]
struct Digest;

#[workflow]
impl Digest {
    #[step]
    async fn list(&self, Start(n): Start<u32>) -> Vec<Page> {
        (0..n).map(Page).collect()
    }
    #[step(workers = 2, retry = Attempts(2, ms(50)))]
    async fn fetch(&self, ctx: &Context<Self>, Page(n): Page) -> StepResult<Summary> {
        sleep(ms(20)).await;
        if n == 1 && ctx.attempt().number == 1 { Err(StepError::msg("<no route>")) } else { Ok(Summary(n)) }
    }
    #[step]
    async fn merge(&self, all: Vec<Summary>) -> OneOf<Stop<usize>, Empty> {
        if all.is_empty() { Empty.emit() } else { Stop(all.len()).emit() }
    }
    #[step]
    async fn explain(&self, _: Empty) -> Stop<usize> {
        Stop(0)
    }
}

#[event]
struct Empty;

#[tokio::test(start_paused = true)]
async fn timeline_has_a_row_for_each_execution() {
    let trace = trace_of(Digest.run(3)).await;
    let svg = trace.timeline_svg().to_string();
    assert_eq!(svg, trace.timeline_svg().to_string());
    assert_eq!(svg.matches("<g class=\"execution\"").count(), 5);
    assert_eq!(svg.matches("<g ").count(), svg.matches("</g>").count());
    assert_eq!(svg.matches("data-step=\"fetch\"").count(), 3);
    // One attempt was retried: its frame, and the delay after it.
    assert_eq!(svg.matches("class=\"mark retried\"").count(), 1);
    assert_eq!(svg.matches("class=\"delay\"").count(), 1);
    assert!(svg.contains("fetch, execution 3, attempt 1: failed, retried after 50 ms\n&lt;no route&gt;"), "{svg}");
}

/// Fails after as many words as a note can have.
#[workflow]
struct Patient;

#[workflow]
impl Patient {
    #[step(retry = Attempts(3, ms(5)))]
    async fn wait(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, Start(()): Start<()>) -> StepResult<Stop<u32>> {
        sleep(ms(20)).await;
        let answer = ctx.wait_for::<u32>().timeout(ms(50)).await?;
        Ok(Stop(answer))
    }
}

#[tokio::test(start_paused = true)]
async fn notes_of_the_timeline_are_not_cut_off() {
    for trace in [trace_of(Patient.run(())).await, trace_of(Digest.run(3)).await] {
        let svg = trace.timeline_svg().to_string();
        let width: f64 = svg.split("width=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
        for text in svg.split("<text ").skip(1) {
            let (attributes, rest) = text.split_once('>').unwrap();
            let chars = rest.split('<').next().unwrap().chars().count();
            let x: f64 = attributes.split("x=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
            let class = attributes.strip_prefix("class=\"").unwrap_or_default().split('"').next().unwrap();
            let is_anchored = class.split(' ').any(|class| class == "end" || class == "middle");
            #[allow(clippy::cast_precision_loss, reason = "notes are short")]
            let right = if is_anchored { x } else { x + 6.0 * chars as f64 };
            assert!(right <= width, "{text} ends at {right} of {width}");
        }
    }
    let svg = trace_of(Patient.run(())).await.timeline_svg().to_string();
    assert!(svg.contains(" suspended, 3 attempts, failed</text>"), "{svg}");
    assert!(svg.contains("class=\"error end over\""), "{svg}");
}

#[tokio::test(start_paused = true)]
async fn notes_have_a_queue_time_above_the_run_time() {
    let svg = trace_of(FAN.run(5)).await.timeline_svg().to_string();
    // Two workers: the fifth branch has waited for two others.
    assert_eq!(svg.matches(">10 ms, 20 ms queued</text>").count(), 1, "{svg}");
    assert_eq!(svg.matches(" queued</text>").count(), 1, "{svg}");
}

#[tokio::test(start_paused = true)]
async fn timeline_is_drawn_to_scale() {
    let trace = trace_of(Digest.run(1)).await;
    let svg = trace.timeline_svg().to_string();
    // The bars have 900 pixels for 20 ms, all of which are those of `fetch`.
    assert!(svg.contains("<rect class=\"running\" x=\"240.0\" y=\"108.0\" width=\"900.0\""), "{svg}");
}

#[tokio::test(start_paused = true)]
async fn long_timeline_has_the_longest_executions() {
    let trace = {
        let run = Digest.run(900).record_trace(10_000).start();
        run.result().await.unwrap();
        run.trace().unwrap()
    };
    let svg = trace.timeline_svg().to_string();
    assert_eq!(svg.matches("<g class=\"execution\"").count(), 500);
    assert!(svg.contains("402 shorter executions are not drawn"));
    assert!(svg.contains("data-step=\"fetch\" data-execution=\"901\""), "the last one has waited longest");
    assert!(!svg.contains("data-step=\"list\""));
}

#[tokio::test(start_paused = true)]
async fn timeline_of_a_run_that_has_just_begun_can_be_drawn() {
    let run = Digest.run(3).record_trace(100).start();
    let svg = run.trace().unwrap().timeline_svg().to_string();
    assert!(svg.contains("running after 0") && !svg.contains("NaN"), "{svg}");
    sleep(ms(10)).await;
    let svg = run.trace().unwrap().timeline_svg().to_string();
    assert_eq!(svg.matches("class=\"mark pending\"").count(), 2);
}

#[tokio::test(start_paused = true)]
async fn timeline_page_loads_nothing() {
    let trace = trace_of(Digest.run(3)).await;
    let page = trace.timeline_html().to_string();
    let links = page.replace("http://www.w3.org/2000/svg", "");
    assert!(page.starts_with("<!DOCTYPE html>"));
    assert!(!links.contains("http:") && !links.contains("https:") && !links.contains("url(//"), "a link");
    assert_eq!((page.matches("<script").count(), page.matches("</script>").count()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn graph_of_a_run_has_counts_latencies_and_the_path() {
    let trace = trace_of(Digest.run(3)).await;
    let graph = Digest::graph();
    let text = trace.on_graph(&graph).mermaid().to_string();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for line in [
        "step_fetch[\"fetch<br/>3×, p50 20 ms, p99 20 ms, 1 retried\"]:::step",
        "event_Start_u32_ -->|1×| step_list",
        "step_list ==>|each, 3×| event_Page",
        "event_Page -->|3×| step_fetch",
        "event_Summary ==>|all, 3×| step_merge",
        "step_merge -->|1×| event_Stop_usize_",
        "step_merge --> event_Empty",
        "class step_explain,event_Empty untaken",
    ] {
        assert!(lines.contains(&line), "{line} is missing in\n{text}");
    }
    let dot = trace.on_graph(&graph).dot().to_string();
    assert!(dot.contains("step_fetch -> event_Summary [style=solid, penwidth=2, label=\"3×\"]"), "{dot}");
    let svg = trace.on_graph(&graph).svg().to_string();
    assert_eq!(svg.matches("<g class=\"node step untaken\"").count(), 1);
    assert_eq!(svg.matches("<g class=\"node step taken\"").count(), 3);
    let page = trace.on_graph(&graph).html().to_string();
    assert!(page.contains("[\"run time\",\"p50 20 ms, p99 20 ms, mean 20 ms, max 20 ms\"]"), "{page}");
    // A picture without a run has none of it.
    assert!(!graph.svg().to_string().contains("taken"));
    assert!(!graph.mermaid().to_string().contains("linkStyle"));
}

/// Fails for good, or hangs.
#[workflow]
struct Broken;

#[workflow]
impl Broken {
    #[step]
    async fn begin(&self, Start(hangs): Start<bool>) -> StepResult<Stop<()>> {
        if hangs {
            sleep(secs(100)).await;
        }
        Err(StepError::msg("no route"))
    }
}

#[tokio::test(start_paused = true)]
async fn failed_and_active_steps_are_marked() {
    let graph = Broken::graph();
    let trace = trace_of(Broken.run(false)).await;
    assert!(trace.on_graph(&graph).svg().to_string().contains("<g class=\"node step failed\""));
    let run = Broken.run(true).record_trace(100).start();
    sleep(secs(1)).await;
    let live = run.trace().unwrap();
    assert!(live.on_graph(&graph).svg().to_string().contains("<g class=\"node step active\""));
    assert!(live.on_graph(&graph).mermaid().to_string().contains("1×, 1 active"));
}

#[event]
struct Draft(u32);

/// Asks in two ways, and takes responses in two.
#[workflow]
struct Approve;

#[workflow]
impl Approve {
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>,
        Start(n): Start<u32>,
    ) -> OneOf<Draft, InputRequired<String>> {
        let mut no = 0;
        for _ in 0..n {
            no += u32::from(!ctx.ask_for::<bool>("may I?".to_owned()).await);
        }
        if no > 0 { Draft(no).emit() } else { InputRequired("sure?".to_owned()).emit() }
    }
    #[step]
    async fn rewrite(&self, Draft(n): Draft) -> Stop<u32> {
        Stop(n)
    }
    #[step]
    async fn sure(&self, HumanResponse(n): HumanResponse<u32>) -> Stop<u32> {
        Stop(n)
    }
}

#[tokio::test(start_paused = true)]
async fn graph_of_a_run_has_prompts_and_responses() {
    let run = Approve.run(2).record_trace(100).start();
    let mut events = run.events();
    let mut prompts = 0;
    while let Some(event) = events.next().await {
        if let RunEvent::InputRequired { id, .. } = event {
            prompts += 1;
            if prompts <= 2 { run.answer(id, true).unwrap() } else { run.answer(id, 7).unwrap() }
        }
    }
    let trace = run.trace().unwrap();
    assert_eq!(trace.step("ask").unwrap().asked, 3);
    let graph = Approve::graph();
    let text = trace.on_graph(&graph).mermaid().to_string();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for line in [
        "step_ask -->|3×| event_InputRequired_String_",
        "event_InputRequired_String_ -->|3×| external_external_step",
        "external_external_step -->|2×| event_HumanResponse_bool_",
        "external_external_step -->|1×| event_HumanResponse_u32_",
        "event_HumanResponse_bool_ -.->|awaits, 2×| step_ask",
        "event_HumanResponse_u32_ -->|1×| step_sure",
        "class step_rewrite,event_Draft untaken",
    ] {
        assert!(lines.contains(&line), "{line} is missing in\n{text}");
    }
}
