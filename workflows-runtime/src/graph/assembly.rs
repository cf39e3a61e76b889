//! From the tables of a workflow to its [`WorkflowGraph`].

use super::{
    details::{ConfigDetails, Details, InjectedNode, ResourceDetails, RunsOn},
    key::{EventKey, InputKey, TypeName, without_paths},
    shape::{PortKind, Shape},
    table::{self, NONE, Table},
    workflow_graph::{
        BatchSource, Boundary, Collects, ConfigNode, EventKind, EventNode, ExecutorKind, InjectedParameter,
        InjectedSource, InputParameter, OutputShape, ResourceNode, StepNode, StepRole, WorkflowGraph,
    },
};
use std::collections::{BTreeMap, HashMap};

impl WorkflowGraph {
    /// `stream` is the name of the workflow's stream type.
    pub(crate) fn new(name: &str, docs: &str, table: &Table, details: &Details, stream: &str) -> Self {
        let mut assembly = Assembly { table, details, events: Events::default(), batches: Vec::new() };
        // Events appear in the order in which steps take them.
        for input in table.inputs {
            assembly.input(input);
        }
        let mut steps: Vec<StepNode> = (0..table.steps.len()).map(|number| assembly.step(number)).collect();
        let Assembly { events, batches, .. } = assembly;
        let ids = events.ids();
        for step in &mut steps {
            rename(step, &ids);
        }
        let mut graph = Self {
            name: name.to_owned(),
            docs: docs.to_owned(),
            steps,
            batches: batches.into_iter().map(|batch| renamed(batch, &ids)).collect(),
            boundary: events.boundary(&ids, stream),
            events: events.nodes(&ids),
            resources: resources(details),
            configs: configs(details),
            loops: Vec::new(),
        };
        graph.mark_batched();
        graph.loops = graph.find_loops();
        graph
    }

    fn mark_batched(&mut self) {
        let batched: Vec<String> = self.batches.iter().flat_map(|batch| batch.events.iter().cloned()).collect();
        for event in &mut self.events {
            event.is_batched = batched.contains(&event.id);
        }
    }
}

/// The id of the event that each input takes, `None` for failures; then that of the result.
pub(crate) fn event_ids(table: &Table, details: &Details) -> Vec<Option<String>> {
    let mut assembly = Assembly { table, details, events: Events::default(), batches: Vec::new() };
    let keys: Vec<Option<String>> = table.inputs.iter().map(|input| assembly.input(input)).collect();
    for number in 0..table.steps.len() {
        assembly.step(number);
    }
    let ids = assembly.events.ids();
    let mut found: Vec<Option<String>> = keys.into_iter().map(|key| ids.get(&key?).cloned()).collect();
    let stop = assembly.events.boundary(&ids, "").stop;
    found.push(Some(stop));
    found
}

struct Assembly<'a> {
    table: &'a Table,
    details: &'a Details,
    events: Events,
    batches: Vec<BatchSource>,
}

impl Assembly<'_> {
    /// The key of the event that an input takes. `None` for failures.
    fn input(&mut self, input: &table::EventInput) -> Option<String> {
        match &input.key {
            InputKey::Event(key) => Some(self.events.event(key)),
            InputKey::Start(of) => Some(self.events.wrapped(EventKind::RunInput, "Start", *of)),
            InputKey::Human(of) => Some(self.events.wrapped(EventKind::Response, "HumanResponse", *of)),
            InputKey::Failed | InputKey::Stop(_) | InputKey::Nothing | InputKey::Unknown => None,
        }
    }

    fn step(&mut self, number: usize) -> StepNode {
        let table = self.table;
        let step = &table.steps[number];
        let details = self.details.steps.get(number);
        let mut inputs: BTreeMap<u16, InputParameter> = BTreeMap::new();
        let mut awaits = Vec::new();
        for input in table.inputs.iter().filter(|input| usize::from(input.step) == number) {
            let Some(key) = self.input(input) else { continue };
            if input.port == NONE {
                awaits.push(key);
                continue;
            }
            let empty = InputParameter { collects: collects(input.kind), events: Vec::new() };
            inputs.entry(input.port).or_insert(empty).events.push(key);
        }
        let inputs: Vec<InputParameter> = inputs.into_values().collect();
        let output = self.output(number, step.emits);
        let mut sends = Vec::new();
        self.sent(step.sends, &mut sends);
        let name_of = |handler: u16| table.steps[usize::from(handler)].name.to_owned();
        let handler = table.handlers[number];
        let covers = table.handlers.iter().zip(table.steps).filter(|(handler, _)| usize::from(**handler) == number);
        StepNode {
            name: step.name.to_owned(),
            docs: details.map(|details| details.docs.to_owned()).unwrap_or_default(),
            signature: details.map(|details| details.signature.to_owned()).unwrap_or_default(),
            role: if step.catches.is_some() { StepRole::Handler } else { role(&inputs) },
            executor: details.map_or(ExecutorKind::Async, |details| executor(details.runs_on)),
            workers: step.workers,
            timeout: step.timeout,
            queue_timeout: step.queue_timeout,
            retry: details.map(|details| details.retry.to_owned()).filter(|retry| !retry.is_empty()),
            inputs,
            output,
            sends,
            awaits,
            injected: details.map(|details| injected(details.injected, self.details)).unwrap_or_default(),
            handler: (handler != NONE).then(|| name_of(handler)),
            covers: covers.map(|(_, step)| step.name.to_owned()).collect(),
            max_recoveries: step.catches.map(|catches| catches.max_recoveries),
        }
    }

    /// Batch sources are numbered in the order of this walk, as in the tables.
    fn output(&mut self, step: usize, shape: &Shape) -> OutputShape {
        match shape {
            Shape::Nothing | Shape::Awaited(_) | Shape::Unknown => OutputShape::Nothing,
            Shape::Event(key) => OutputShape::Emits(self.events.event(key)),
            Shape::Stop(of) => OutputShape::Emits(self.events.wrapped(EventKind::RunResult, "Stop", *of)),
            Shape::Prompt(of) => OutputShape::Emits(self.events.wrapped(EventKind::Prompt, "InputRequired", *of)),
            Shape::Maybe(of) => OutputShape::Maybe(Box::new(self.output(step, of))),
            Shape::Any(members) => OutputShape::AllOf(self.outputs(step, members)),
            Shape::OneOf(members) => OutputShape::AnyOf(self.outputs(step, &Shape::used(members))),
            Shape::Batch(of) => {
                let source = self.batches.len();
                let table = self.table;
                let joins = table.joins.chunks(table.steps.len()).nth(source).unwrap_or_default();
                let gathered_by = joins.iter().zip(table.steps).filter(|(joins, _)| **joins);
                self.batches.push(BatchSource {
                    step: table.steps[step].name.to_owned(),
                    events: Vec::new(),
                    gathered_by: gathered_by.map(|(_, step)| step.name.to_owned()).collect(),
                });
                let branch = Box::new(self.output(step, of));
                let mut events = Vec::new();
                branch.visit(false, &mut |id, is_nested| {
                    if !is_nested && !events.iter().any(|known| known == id) {
                        events.push(id.to_owned());
                    }
                });
                self.batches[source].events = events;
                OutputShape::Batch { source, branch }
            }
        }
    }

    fn outputs(&mut self, step: usize, members: &[&Shape]) -> Vec<OutputShape> {
        members.iter().map(|member| self.output(step, member)).collect()
    }

    fn sent(&mut self, shape: &Shape, found: &mut Vec<String>) {
        match shape {
            Shape::Event(key) => found.push(self.events.event(key)),
            Shape::Prompt(of) => found.push(self.events.wrapped(EventKind::Prompt, "InputRequired", *of)),
            Shape::Any(members) | Shape::OneOf(members) => members.iter().for_each(|member| self.sent(member, found)),
            Shape::Maybe(of) | Shape::Batch(of) => self.sent(of, found),
            // Responses are inputs.
            Shape::Awaited(_) | Shape::Nothing | Shape::Stop(_) | Shape::Unknown => {}
        }
    }
}

/// The event types found so far, each with a key that no other one has.
#[derive(Default)]
struct Events(Vec<(String, EventNode)>);

impl Events {
    fn event(&mut self, key: &EventKey) -> String {
        let (line, column) = key.place();
        let path = key.path();
        self.add(format!("{path}#{line}:{column}"), path, key.name.to_owned(), key.docs(), EventKind::Plain)
    }

    fn wrapped(&mut self, kind: EventKind, wrapper: &str, of: TypeName) -> String {
        let path = format!("{wrapper}<{}>", of());
        let name = format!("{wrapper}<{}>", without_paths(of()));
        self.add(path.clone(), path, name, "", kind)
    }

    fn add(&mut self, key: String, id: String, name: String, docs: &str, kind: EventKind) -> String {
        if !self.0.iter().any(|(known, _)| *known == key) {
            self.0.push((key.clone(), EventNode { id, name, docs: docs.to_owned(), kind, is_batched: false }));
        }
        key
    }

    /// The id of each event: its name if that is unique, else its path, else its key.
    fn ids(&self) -> HashMap<String, String> {
        let is_unique =
            |of: fn(&EventNode) -> &str, text: &str| self.0.iter().filter(|(_, event)| of(event) == text).count() == 1;
        let id = |(key, event): &(String, EventNode)| {
            let id = if is_unique(|event| &event.name, &event.name) {
                &event.name
            } else if is_unique(|event| &event.id, &event.id) {
                &event.id
            } else {
                key
            };
            (key.clone(), id.clone())
        };
        self.0.iter().map(id).collect()
    }

    fn nodes(self, ids: &HashMap<String, String>) -> Vec<EventNode> {
        let with_id = |(key, event): (String, EventNode)| EventNode { id: ids[&key].clone(), ..event };
        self.0.into_iter().map(with_id).collect()
    }

    fn boundary(&self, ids: &HashMap<String, String>, stream: &str) -> Boundary {
        let of = |kind: EventKind| -> Vec<String> {
            self.0.iter().filter(|(_, event)| event.kind == kind).map(|(key, _)| ids[key].clone()).collect()
        };
        let first = |kind| of(kind).into_iter().next().unwrap_or_default();
        Boundary {
            start: first(EventKind::RunInput),
            stop: first(EventKind::RunResult),
            prompts: of(EventKind::Prompt),
            responses: of(EventKind::Response),
            streamed: streamed(stream),
        }
    }
}

/// The types of a stream: the members of a `OneOf`, none for `Never`, else the type.
fn streamed(stream: &str) -> Vec<String> {
    let stream = without_paths(stream);
    let members = match stream.strip_prefix("OneOf<").and_then(|rest| rest.strip_suffix('>')) {
        Some(members) => members,
        None => &stream,
    };
    let (mut found, mut depth, mut from) = (Vec::new(), 0_usize, 0);
    for (at, char) in members.char_indices() {
        match char {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                found.push(members[from..at].trim().to_owned());
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(members[from..].trim().to_owned());
    found.retain(|name| name != "Never");
    found
}

fn rename(step: &mut StepNode, ids: &HashMap<String, String>) {
    let events = step.inputs.iter_mut().flat_map(|input| &mut input.events);
    for id in events.chain(&mut step.sends).chain(&mut step.awaits) {
        id.clone_from(&ids[id]);
    }
    rename_output(&mut step.output, ids);
}

fn rename_output(output: &mut OutputShape, ids: &HashMap<String, String>) {
    match output {
        OutputShape::Nothing => {}
        OutputShape::Emits(id) => id.clone_from(&ids[id]),
        OutputShape::Maybe(of) => rename_output(of, ids),
        OutputShape::AnyOf(members) | OutputShape::AllOf(members) => {
            for member in members {
                rename_output(member, ids);
            }
        }
        OutputShape::Batch { branch, .. } => rename_output(branch, ids),
    }
}

fn renamed(mut batch: BatchSource, ids: &HashMap<String, String>) -> BatchSource {
    batch.events.iter_mut().for_each(|id| id.clone_from(&ids[id]));
    batch
}

fn collects(kind: PortKind) -> Collects {
    match kind {
        PortKind::One => Collects::One,
        PortKind::All => Collects::All,
        PortKind::Every(n) => Collects::Every(n),
        PortKind::First(n) => Collects::FirstOf(n),
    }
}

fn role(inputs: &[InputParameter]) -> StepRole {
    match inputs {
        [InputParameter { collects: Collects::All, .. }, ..] => StepRole::Gather,
        [InputParameter { collects: Collects::FirstOf(_), .. }, ..] => StepRole::Race,
        [InputParameter { collects: Collects::One, .. }] | [] => StepRole::Single,
        _ => StepRole::Join,
    }
}

fn executor(runs_on: RunsOn) -> ExecutorKind {
    match runs_on {
        RunsOn::Async => ExecutorKind::Async,
        RunsOn::BlockingIo => ExecutorKind::BlockingIo,
        RunsOn::BlockingCpu(pool) => ExecutorKind::BlockingCpu { pool: named(pool) },
        RunsOn::Process(pool) => ExecutorKind::Process { pool: named(pool) },
    }
}

/// The name of a pool. `None` is the default one.
fn named(pool: &str) -> Option<String> {
    if pool.is_empty() { None } else { Some(pool.to_owned()) }
}

fn injected(parameters: &[(&str, InjectedNode)], details: &Details) -> Vec<InjectedParameter> {
    parameters
        .iter()
        .map(|(name, node)| InjectedParameter {
            parameter: if name.is_empty() { None } else { Some((*name).to_owned()) },
            source: match node {
                InjectedNode::Resource(number) => InjectedSource::Resource(details.resources[*number].name.to_owned()),
                InjectedNode::Config(number) => InjectedSource::Config(*number),
            },
        })
        .collect()
}

fn resources(details: &Details) -> Vec<ResourceNode> {
    let resource = |resource: &ResourceDetails| ResourceNode {
        name: resource.name.to_owned(),
        ty: resource.ty.to_owned(),
        docs: resource.docs.to_owned(),
        cached: resource.cached,
        executor: executor(resource.runs_on),
        injected: injected(resource.injected, details),
    };
    details.resources.iter().map(resource).collect()
}

fn configs(details: &Details) -> Vec<ConfigNode> {
    let config = |config: &ConfigDetails| ConfigNode {
        file: config.file.to_owned(),
        select: if config.select.is_empty() { None } else { Some(config.select.to_owned()) },
        ty: config.ty.to_owned(),
    };
    details.configs.iter().map(config).collect()
}
