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
fn labels_name_the_ends_of_their_edges() {
    let svg = Essay::graph().svg().to_string();
    let labels = attributes(&svg, "data-edge");
    assert_eq!(labels, BTreeSet::from(["event_Score step_decide", "step_review event_Aspect"]));
    // The page fades what is far from the chosen node, also what a run has not taken.
    let page = Essay::graph().html().to_string();
    assert!(page.contains("#view .faded {") && page.contains("label.dataset.edge"));
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

/// A graph of steps that each take one event, as it could come from a file: for each step its input and its outputs.
fn graph_of(steps: &[(String, Vec<String>)]) -> WorkflowGraph {
    let step = |(number, (input, outputs)): (usize, &(String, Vec<String>))| {
        let outputs: Vec<_> = outputs.iter().map(|event| serde_json::json!({ "event": event })).collect();
        serde_json::json!({
            "name": format!("step{number}"), "docs": "</script><b>\"&", "signature": "", "role": "single",
            "executor": if number.is_multiple_of(2) { "async" } else { "blocking_io" }, "workers": 1, "timeout": null,
            "queue_timeout": null, "retry": null, "inputs": [{ "collects": "one", "events": [input] }],
            "output": { "one_of": outputs }, "sends": [], "awaits": [], "injected": [], "handler": null, "covers": [],
            "max_recoveries": null,
        })
    };
    let event = |id: &str, kind: &str| serde_json::json!({ "id": id, "name": id, "docs": "", "kind": kind, "is_batched": false });
    let mut events = vec![event("Start<u8>", "start"), event("Stop<u8>", "stop")];
    let between: BTreeSet<&str> =
        steps.iter().map(|(input, _)| input.as_str()).filter(|id| *id != "Start<u8>").collect();
    events.extend(between.into_iter().map(|id| event(id, "plain")));
    let graph = serde_json::json!({
        "name": "Chain", "docs": "", "steps": steps.iter().enumerate().map(step).collect::<Vec<_>>(), "events": events,
        "batches": [], "resources": [], "configs": [], "loops": [],
        "boundary": { "start": "Start<u8>", "stop": "Stop<u8>", "prompts": [], "responses": [], "streamed": [] },
    });
    serde_json::from_value(graph).unwrap()
}

/// One step after the other.
fn chain(steps: usize) -> WorkflowGraph {
    let event = |number: usize| match number {
        0 => "Start<u8>".to_owned(),
        number if number == steps => "Stop<u8>".to_owned(),
        number => format!("E{number}"),
    };
    let steps: Vec<_> = (0..steps).map(|number| (event(number), vec![event(number + 1)])).collect();
    graph_of(&steps)
}

/// Five chains of 12 steps. Some steps may continue in another chain, or in an earlier layer of theirs.
fn lanes() -> WorkflowGraph {
    let event = |layer: usize, lane: usize| match layer {
        0 => "Start<u8>".to_owned(),
        12 => "Stop<u8>".to_owned(),
        layer => format!("Event{layer}OfLane{lane}"),
    };
    let mut steps = Vec::new();
    for layer in 0..12 {
        for lane in 0..5 {
            let mut outputs = vec![event(layer + 1, lane)];
            match (layer * 5 + lane) % 7 {
                3 => outputs.push(event(layer + 1, (lane + 2) % 5)),
                5 if layer > 3 => outputs.push(event(layer - 2, lane)),
                _ => {}
            }
            steps.push((event(layer, lane), outputs));
        }
    }
    graph_of(&steps)
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

/// Points on the edges of an SVG, each with the names of the ends.
fn points_of_edges(svg: &str) -> Vec<(&str, &str, Vec<[f64; 2]>)> {
    let mut edges = Vec::new();
    for path in svg.split("<path class=\"edge").skip(1) {
        let attribute = |name: &str| {
            let from = path.find(name).unwrap() + name.len();
            &path[from..from + path[from..].find('"').unwrap()]
        };
        let mut numbers: Vec<f64> = Vec::new();
        let mut points: Vec<[f64; 2]> = Vec::new();
        let data = attribute(" d=\"");
        for segment in data.split_inclusive(|char: char| char.is_ascii_alphabetic()).collect::<Vec<_>>().windows(2) {
            let command = segment[0].chars().last().unwrap();
            let text = segment[1].trim_end_matches(|char: char| char.is_ascii_alphabetic());
            numbers.clear();
            numbers.extend(text.split_whitespace().map(|number| number.parse::<f64>().unwrap()));
            match (command, &numbers[..]) {
                ('M', [x, y]) => points.push([*x, *y]),
                ('L', [x, y]) => points.extend(curve(*points.last().unwrap(), None, [*x, *y])),
                ('Q', [by_x, by_y, x, y]) => {
                    points.extend(curve(*points.last().unwrap(), Some([*by_x, *by_y]), [*x, *y]));
                }
                other => panic!("{other:?} in {data}"),
            }
        }
        edges.push((attribute(" data-from=\""), attribute(" data-to=\""), points));
    }
    edges
}

/// 20 points on a line, or on a quadratic curve.
fn curve(from: [f64; 2], by: Option<[f64; 2]>, to: [f64; 2]) -> Vec<[f64; 2]> {
    let by = by.unwrap_or([f64::midpoint(from[0], to[0]), f64::midpoint(from[1], to[1])]);
    let at = |share: f64| {
        let [before, between, after] = [(1.0 - share).powi(2), 2.0 * share * (1.0 - share), share.powi(2)];
        [0, 1].map(|axis| before * from[axis] + between * by[axis] + after * to[axis])
    };
    (1..=20).map(|number| at(f64::from(number) / 20.0)).collect()
}

#[test]
fn edges_of_large_graphs_cross_no_box() {
    for graph in [chain(60), lanes(), Essay::graph(), Ask::graph()] {
        let svg = graph.svg().to_string();
        let nodes = svg.split("<g class=\"node").skip(1).map(|node| node.split(" id=\"").nth(1).unwrap());
        let names: Vec<&str> = nodes.map(|node| node.split('"').next().unwrap()).collect();
        let boxes = boxes(&svg);
        assert_eq!(names.len(), boxes.len());
        for (from, to, points) in points_of_edges(&svg) {
            for (name, [left, top, right, bottom]) in names.iter().zip(&boxes) {
                let is_inside = |[x, y]: &[f64; 2]| left < x && x < right && top < y && y < bottom;
                let crossed = points.iter().any(is_inside);
                assert!(!crossed, "the edge from {from} to {to} crosses {name}");
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
