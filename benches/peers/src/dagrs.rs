//! dagrs: nodes connected by channels. The graph is built for each run.

use crate::{
    common::{cpu, cpu_nanos},
    entry::Entry,
};
use ::dagrs::{
    Action, Content, DefaultNode, EnvVar, Graph, InChannels, Node, NodeId, NodeTable, OutChannels, Output,
    graph::loop_subgraph::LoopSubgraph,
};
use async_trait::async_trait;
use std::sync::Arc;

const DAGRS: &str = "dagrs";

struct Begin;

#[async_trait]
impl Action for Begin {
    async fn run(&self, _: &mut InChannels, out: &mut OutChannels, _: Arc<EnvVar>) -> Output {
        out.broadcast(Content::new(0_u64)).await;
        Output::Out(None)
    }
}

/// Returns each message to `pong`, up to `times` times.
struct Ping {
    begin: NodeId,
    pong: NodeId,
    times: u32,
}

#[async_trait]
impl Action for Ping {
    async fn run(&self, input: &mut InChannels, out: &mut OutChannels, _: Arc<EnvVar>) -> Output {
        let first = input.recv_from(&self.begin).await.unwrap();
        input.close(&self.begin).await;
        out.send_to(&self.pong, first).await.unwrap();
        let mut times = 0;
        while let Ok(back) = input.recv_from(&self.pong).await {
            times += 1;
            if times >= self.times {
                out.close(&self.pong).await;
                break;
            }
            out.send_to(&self.pong, back).await.unwrap();
        }
        Output::empty()
    }
}

struct Pong {
    ping: NodeId,
}

#[async_trait]
impl Action for Pong {
    async fn run(&self, input: &mut InChannels, out: &mut OutChannels, _: Arc<EnvVar>) -> Output {
        while let Ok(content) = input.recv_from(&self.ping).await {
            let number = *content.into_inner::<u64>().unwrap();
            out.send_to(&self.ping, Content::new(number + 1)).await.unwrap();
        }
        Output::empty()
    }
}

struct Pass;

#[async_trait]
impl Action for Pass {
    async fn run(&self, input: &mut InChannels, out: &mut OutChannels, _: Arc<EnvVar>) -> Output {
        let numbers: Vec<u64> = input.map(|content| *content.unwrap().into_inner::<u64>().unwrap()).await;
        let number = numbers.first().copied().unwrap_or_default();
        out.broadcast(Content::new(number)).await;
        Output::Out(Some(Content::new(number)))
    }
}

struct Gather {
    expected: u32,
}

#[async_trait]
impl Action for Gather {
    async fn run(&self, input: &mut InChannels, _: &mut OutChannels, _: Arc<EnvVar>) -> Output {
        let numbers: Vec<u64> = input.map(|content| *content.unwrap().into_inner::<u64>().unwrap()).await;
        assert_eq!(numbers.len(), self.expected as usize);
        Output::Out(Some(Content::new(numbers.len())))
    }
}

pub(crate) const HOP: Entry = Entry {
    of: DAGRS,
    how: "`LoopSubgraph`, one message from node to node",
    size: 100_000,
    nanos: |hops| {
        Box::pin(async move {
            let mut table = NodeTable::default();
            let begin = DefaultNode::with_action("begin".to_owned(), Begin, &mut table);
            let mut ping = DefaultNode::new("ping".to_owned(), &mut table);
            let mut pong = DefaultNode::new("pong".to_owned(), &mut table);
            let ids = (begin.id(), ping.id(), pong.id());
            ping.set_action(Ping { begin: ids.0, pong: ids.2, times: hops / 2 });
            pong.set_action(Pong { ping: ids.1 });
            let mut subgraph = LoopSubgraph::new("loop".to_owned(), &mut table);
            subgraph.add_node(ping).unwrap();
            subgraph.add_node(pong).unwrap();
            let mut graph = Graph::new();
            graph.add_node(begin).unwrap();
            graph.add_node(subgraph).unwrap();
            graph.add_edge(ids.0, vec![ids.1]).unwrap();
            graph.add_edge(ids.1, vec![ids.2]).unwrap();
            graph.add_edge(ids.2, vec![ids.1]).unwrap();
            let begun = cpu();
            graph.async_start().await.unwrap();
            (cpu() - begun) / f64::from(hops)
        })
    },
};

pub(crate) const RUN: Entry = Entry {
    of: DAGRS,
    how: "builds and runs a graph of two nodes",
    size: 1_000,
    nanos: |runs| {
        Box::pin(cpu_nanos(runs, async || {
            let mut table = NodeTable::default();
            let first = DefaultNode::with_action("first".to_owned(), Pass, &mut table);
            let second = DefaultNode::with_action("second".to_owned(), Pass, &mut table);
            let ids = (first.id(), second.id());
            let mut graph = Graph::new();
            graph.add_node(first).unwrap();
            graph.add_node(second).unwrap();
            graph.add_edge(ids.0, vec![ids.1]).unwrap();
            graph.async_start().await.unwrap();
        }))
    },
};

pub(crate) const BRANCH: Entry = Entry {
    of: DAGRS,
    how: "a graph of 1,000 nodes, run only; the time per node grows with the number",
    size: 1_000,
    nanos: |branches| {
        Box::pin(async move {
            let mut table = NodeTable::default();
            let begin = DefaultNode::with_action("begin".to_owned(), Begin, &mut table);
            let end = DefaultNode::with_action("end".to_owned(), Gather { expected: branches }, &mut table);
            let node = |number| DefaultNode::with_action(format!("branch{number}"), Pass, &mut table);
            let nodes: Vec<_> = (0..branches).map(node).collect();
            let (first, last, between) = (begin.id(), end.id(), nodes.iter().map(Node::id).collect::<Vec<_>>());
            let mut graph = Graph::new();
            graph.add_node(begin).unwrap();
            graph.add_node(end).unwrap();
            for node in nodes {
                graph.add_node(node).unwrap();
            }
            graph.add_edge(first, between.clone()).unwrap();
            for node in between {
                graph.add_edge(node, vec![last]).unwrap();
            }
            let begun = cpu();
            graph.async_start().await.unwrap();
            (cpu() - begun) / f64::from(branches)
        })
    },
};
