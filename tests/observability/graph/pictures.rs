//! Mermaid, DOT, JSON, SVG and HTML. The tests compare structure.

use super::Essay;
use std::collections::BTreeSet;
use workflows_runtime::{
    graph::{Representation, RepresentationNode, WorkflowGraph},
    prelude::*,
};

/// The values of an attribute in a text.
fn attributes<'a>(text: &'a str, name: &str) -> BTreeSet<&'a str> {
    let begin = format!(" {name}=\"");
    text.split(&begin).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

const NODES: [&str; 9] = [
    "event_Aspect",
    "event_Draft",
    "event_Score",
    "event_Start_String_",
    "event_Stop_String_",
    "step_decide",
    "step_judge",
    "step_review",
    "step_write",
];

#[test]
fn mermaid_has_every_node_edge_and_class() {
    let text = Essay::graph().mermaid().to_string();
    assert!(text.starts_with("flowchart TD\n"));
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for line in [
        "step_write[\"write\"]:::step",
        "step_judge[[\"judge<br/><i>blocking cpu</i>\"]]:::blocking",
        "event_Draft([\"Draft\"]):::event",
        "event_Start_String_([\"Start&lt;String&gt;\"]):::start",
        "event_Start_String_ --> step_write",
        "step_review ==>|each| event_Aspect",
        "event_Score ==>|all| step_decide",
        "step_decide --> event_Draft",
        "classDef step fill:#ADD8E6,color:#000000",
        "classDef resource fill:#DDA0DD,color:#000000",
    ] {
        assert!(lines.contains(&line), "{line} is missing in\n{text}");
    }
    for node in NODES {
        assert!(lines.iter().any(|line| line.starts_with(node)), "{node}");
    }
}

#[test]
fn dot_has_every_node_and_edge() {
    let text = Essay::graph().dot().to_string();
    assert!(text.starts_with("digraph \"Essay\" {\n") && text.ends_with("}\n"));
    for node in NODES {
        assert!(text.contains(&format!("    {node} [shape=")), "{node} is missing in\n{text}");
    }
    assert!(text.contains("step_review -> event_Aspect [style=bold, label=\"each\"]"), "{text}");
}

#[test]
fn svg_has_every_node_and_edge_once() {
    let graph = Essay::graph();
    let svg = graph.svg().to_string();
    assert_eq!(svg, graph.svg().to_string());
    let nodes = attributes(&svg, "id");
    assert!(NODES.iter().all(|node| nodes.contains(node)), "{nodes:?}");
    assert_eq!(svg.matches("<g class=\"node ").count(), NODES.len());
    assert_eq!(svg.matches(" data-from=").count(), graph.edges().len());
    assert_eq!(svg.matches("class=\"node blocking\"").count(), 1);
    assert_eq!(svg.matches("class=\"hatched\"").count(), 1);
}

#[test]
fn html_page_loads_nothing_and_has_the_details_of_each_step() {
    let page = Essay::graph().html().to_string();
    let links = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!links.contains("http:") && !links.contains("https:") && !links.contains("url(//"), "a link");
    assert_eq!(page.matches("<script").count(), page.matches("</script>").count());
    let facts = page.split("id=\"nodes\">").nth(1).and_then(|rest| rest.split("</script>").next()).unwrap();
    let facts: serde_json::Value = serde_json::from_str(facts).unwrap();
    assert_eq!(facts["step_judge"]["signature"], "fn judge(&self, Aspect { draft, name }: Aspect) -> Score");
    assert_eq!(facts["step_judge"]["docs"], "Runs for each aspect, up to three at a time, on the CPU pool.");
    assert_eq!(facts.as_object().unwrap().len(), NODES.len());
}

/// A graph of any size, as it could come from a file.
fn chain(steps: usize) -> WorkflowGraph {
    let step = |number: usize| {
        let input = if number == 0 { "Start<u8>".to_owned() } else { format!("E{number}") };
        let output = if number + 1 == steps { "Stop<u8>".to_owned() } else { format!("E{}", number + 1) };
        serde_json::json!({
            "name": format!("step{number}"), "docs": "</script><b>\"&", "signature": "", "role": "single",
            "executor": if number.is_multiple_of(2) { "async" } else { "blocking_io" }, "workers": 1, "timeout": null,
            "queue_timeout": null, "retry": null, "inputs": [{ "collects": "one", "events": [input] }],
            "output": { "event": output }, "sends": [], "awaits": [], "injected": [], "handler": null, "covers": [],
            "max_recoveries": null,
        })
    };
    let event = |id: String, kind: &str| serde_json::json!({ "id": id, "name": id, "docs": "", "kind": kind, "is_batched": false });
    let mut events = vec![event("Start<u8>".to_owned(), "start"), event("Stop<u8>".to_owned(), "stop")];
    events.extend((1..steps).map(|number| event(format!("E{number}"), "plain")));
    let graph = serde_json::json!({
        "name": "Chain", "docs": "", "steps": (0..steps).map(step).collect::<Vec<_>>(), "events": events, "batches": [],
        "resources": [], "configs": [], "loops": [],
        "boundary": { "start": "Start<u8>", "stop": "Stop<u8>", "prompts": [], "responses": [], "streamed": [] },
    });
    serde_json::from_value(graph).unwrap()
}

/// The boxes of an SVG: left, top, right, bottom.
fn boxes(svg: &str) -> Vec<[f64; 4]> {
    let number = |rest: &str, name: &str| -> f64 {
        let rest = rest.split(&format!("{name}=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    let rects = svg.split("<rect class=\"shape\" ").skip(1);
    rects
        .map(|rest| {
            let (x, y) = (number(rest, "x"), number(rest, "y"));
            [x, y, x + number(rest, "width"), y + number(rest, "height")]
        })
        .collect()
}

#[test]
fn nodes_of_large_graphs_do_not_overlap() {
    for steps in [5, 20, 60] {
        let svg = chain(steps).svg().to_string();
        let boxes = boxes(&svg);
        assert_eq!(boxes.len(), 2 * steps + 1);
        for (at, one) in boxes.iter().enumerate() {
            for other in &boxes[..at] {
                let apart = one[2] < other[0] || other[2] < one[0] || one[3] < other[1] || other[3] < one[1];
                assert!(apart, "{one:?} and {other:?}");
            }
        }
    }
}

#[test]
fn docs_cannot_break_out_of_the_page() {
    let page = chain(3).html().to_string();
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains("<b>"));
}

#[event]
struct Question {
    text: String,
}

#[workflow]
struct Ask;

#[workflow]
impl Ask {
    #[step]
    async fn ask(&self, Start(text): Start<String>) -> InputRequired<Question> {
        InputRequired(Question { text })
    }

    #[step]
    async fn answered(&self, HumanResponse(text): HumanResponse<String>) -> Stop<String> {
        Stop(text)
    }
}

#[test]
fn representation_bridges_prompt_and_response_through_the_client() {
    let graph = Ask::graph().representation();
    let edges: Vec<(&str, &str)> =
        graph.edges.iter().map(|edge| (edge.source.as_str(), edge.target.as_str())).collect();
    assert!(edges.contains(&("InputRequired<Question>", "external_step")), "{edges:?}");
    assert!(edges.contains(&("external_step", "HumanResponse<String>")), "{edges:?}");
    let json = serde_json::to_value(&graph).unwrap();
    let kinds: Vec<&str> =
        json["nodes"].as_array().unwrap().iter().map(|node| node["node_type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["step", "step", "event", "event", "event", "event", "external"]);
    assert_eq!(serde_json::from_value::<Representation>(json).unwrap(), graph);
}

#[test]
fn representation_without_events_joins_their_edges() {
    let steps = Essay::graph().representation().without(&["event"]);
    let edges: BTreeSet<(&str, &str, Option<&str>)> =
        steps.edges.iter().map(|edge| (edge.source.as_str(), edge.target.as_str(), edge.label.as_deref())).collect();
    let expected = [
        ("decide", "review", Some("Draft")),
        ("judge", "decide", Some("Score")),
        ("review", "judge", Some("Aspect")),
        ("write", "review", Some("Draft")),
    ];
    assert_eq!(edges, BTreeSet::from(expected));
}

#[test]
fn representation_without_several_kinds_takes_the_first_label() {
    let json = r#"{"name":"G","description":"d","nodes":[
        {"node_type":"step","id":"a","label":"a","description":null},
        {"node_type":"event","id":"E","label":"E","event_type":"E","event_types":["E"],"event_schema":null},
        {"node_type":"external","id":"x","label":"X"},
        {"node_type":"agent","id":"b","label":"b","event_type":null,"event_types":null}],
        "edges":[{"source":"a","target":"E","label":null},{"source":"E","target":"x","label":null},
        {"source":"x","target":"b","label":null},{"source":"a","target":"b","label":"direct"}]}"#;
    let graph: Representation = serde_json::from_str(json).unwrap();
    assert!(matches!(graph.nodes[3], RepresentationNode::OfTool { .. }));
    let short = graph.without(&["event", "external"]);
    assert_eq!(short.description.as_deref(), Some("d"));
    let edges: Vec<_> = short.edges.iter().map(|edge| (edge.target.as_str(), edge.label.as_deref())).collect();
    // The one between remaining nodes wins.
    assert_eq!(edges, [("b", Some("direct"))]);
    let through = graph.without(&["event"]);
    let label = |target: &str| through.edges.iter().find(|edge| edge.target == target).unwrap().label.as_deref();
    assert_eq!((label("x"), label("b")), (Some("E"), Some("direct")));
}

#[test]
fn long_label_is_truncated_with_a_star() {
    let node: RepresentationNode =
        serde_json::from_str(r#"{"node_type":"external","id":"x","label":"12345"}"#).unwrap();
    assert_eq!(node.truncated_label(5), "12345");
    assert_eq!(node.truncated_label(4), "123*");
}
