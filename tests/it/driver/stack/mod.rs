//! Large steps and events need about as much stack as the same futures by hand. An overflow aborts the process, so
//! each program runs in one of its own.

#![allow(clippy::large_futures, clippy::large_stack_arrays, reason = "large values are the subject")]

mod events;
mod state;
mod steps;

use self::{
    events::{
        Batch, BlockingEvent, LargeEvent, LargeInput, LargeOutput, LargePrompt, Sends, answered, event_by_hand,
        prompt_by_hand,
    },
    state::{LargeState, ParentOfState, resumed, state_by_hand, state_resumed_by_hand},
    steps::{LARGE, LargeStep, Parent, Retried, Several, large},
};
use std::{env, pin::Pin, process::Command, sync::Arc, thread};
use tokio::runtime::Builder;
use workflows_runtime::prelude::*;

/// A large event.
#[event]
struct Sample {
    bytes: Bytes,
}

/// 64 KiB in place.
#[derive(Debug, Clone, Copy)]
struct Bytes([u8; 64 << 10]);

impl serde::Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.0[0])
    }
}

impl<'de> serde::Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self([serde::Deserialize::deserialize(deserializer)?; 64 << 10]))
    }
}

impl Default for Bytes {
    fn default() -> Self {
        Self([0; 64 << 10])
    }
}

/// A future in a box: making it takes none of the stack that is measured.
type Program = Pin<Box<dyn Future<Output = u8> + Send>>;

fn program(name: &str) -> Program {
    match name {
        "large by hand, started" => Box::pin(async { tokio::spawn(large(7)).await.unwrap() }),
        "large by hand, in place" => Box::pin(async { large(7).await }),
        "large in place" => Box::pin(async { LargeStep.run(7).await.unwrap() }),
        "large started" => Box::pin(async { LargeStep.run(7).start().await.unwrap() }),
        "large retried in place" => Box::pin(async { Retried.run(7).await.unwrap() }),
        "large retried started" => Box::pin(async { Retried.run(7).start().await.unwrap() }),
        "large several in place" => Box::pin(async { Several.run(7).await.unwrap() }),
        "large several started" => Box::pin(async { Several.run(7).start().await.unwrap() }),
        "large child in place" => {
            Box::pin(async { Parent { child: Arc::new(LargeStep), starts: false }.run(7).await.unwrap() })
        }
        "large child started" => {
            Box::pin(async { Parent { child: Arc::new(LargeStep), starts: true }.run(7).start().await.unwrap() })
        }
        "event in place" => Box::pin(async { LargeEvent.run(7).await.unwrap() }),
        "event started" => Box::pin(async { LargeEvent.run(7).start().await.unwrap() }),
        "event by hand, in place" => Box::pin(async { event_by_hand(7).await }),
        "event by hand, started" => Box::pin(async { tokio::spawn(event_by_hand(7)).await.unwrap() }),
        "sent event in place" => Box::pin(async { Sends.run(7).await.unwrap() }),
        "sent event started" => Box::pin(async { Sends.run(7).start().await.unwrap() }),
        "input in place" => Box::pin(async { LargeInput.run(Bytes([7; 64 << 10])).await.unwrap() }),
        "input started" => Box::pin(async { LargeInput.run(Bytes([7; 64 << 10])).start().await.unwrap() }),
        "output in place" => Box::pin(async { LargeOutput.run(7).await.unwrap().0[7] }),
        "output started" => Box::pin(async { LargeOutput.run(7).start().await.unwrap().0[7] }),
        "prompt by hand, in place" => Box::pin(async { prompt_by_hand(7).await }),
        "prompt by hand, started" => Box::pin(async { tokio::spawn(prompt_by_hand(7)).await.unwrap() }),
        "prompt in place" => Box::pin(async { LargePrompt.run(7).await.unwrap() }),
        "prompt started" => Box::pin(async { LargePrompt.run(7).start().await.unwrap() }),
        "prompt returned" => Box::pin(answered(0)),
        "batch in place" => Box::pin(async { Batch.run(7).await.unwrap() }),
        "batch started" => Box::pin(async { Batch.run(7).start().await.unwrap() }),
        "blocking event in place" => Box::pin(async { BlockingEvent.run(7).await.unwrap() }),
        "blocking event started" => Box::pin(async { BlockingEvent.run(7).start().await.unwrap() }),
        "state in place" => Box::pin(async { LargeState.run(7).await.unwrap() }),
        "state started" => Box::pin(async { LargeState.run(7).start().await.unwrap() }),
        "state given in place" => Box::pin(async { LargeState.run(7).state(Bytes([1; 64 << 10])).await.unwrap() }),
        "state given started" => {
            Box::pin(async { LargeState.run(7).state(Bytes([1; 64 << 10])).start().await.unwrap() })
        }
        "state of a handle" => Box::pin(async {
            let run = LargeState.run(7).start();
            run.result().await.unwrap();
            run.state().get().0[7]
        }),
        "state of a child in place" => {
            Box::pin(async { ParentOfState { child: Arc::new(LargeState), starts: false }.run(7).await.unwrap() })
        }
        "state of a child started" => Box::pin(async {
            ParentOfState { child: Arc::new(LargeState), starts: true }.run(7).start().await.unwrap()
        }),
        "state resumed" => Box::pin(resumed(7)),
        "state by hand, in place" => Box::pin(async { state_by_hand(7).await }),
        "state by hand, started" => Box::pin(async { tokio::spawn(state_by_hand(7)).await.unwrap() }),
        "state resumed by hand" => Box::pin(async { tokio::spawn(state_resumed_by_hand(7)).await.unwrap() }),
        other => panic!("unknown program {other}"),
    }
}

/// In the environment of the process: its program, and the size of its stack in KiB.
const PROGRAM: &str = "STACK_TEST_PROGRAM";
const SIZE: &str = "STACK_TEST_SIZE";

#[test]
#[ignore = "started by the other tests"]
fn one_program() {
    let name = env::var(PROGRAM).unwrap();
    let size = env::var(SIZE).unwrap().parse::<usize>().unwrap() << 10;
    let make = thread::Builder::new().stack_size(64 << 20).spawn(move || program(&name)).unwrap();
    let program = make.join().unwrap();
    let run = move || Builder::new_current_thread().build().unwrap().block_on(program);
    let thread = thread::Builder::new().stack_size(size).spawn(run).unwrap();
    assert_eq!(thread.join().unwrap(), 7);
}

/// Whether the program runs on a stack of this many KiB.
fn fits(name: &str, size: usize) -> bool {
    let module = module_path!().split_once("::").unwrap().1;
    let mut process = Command::new(env::current_exe().unwrap());
    process.args(["--exact", &format!("{module}::one_program"), "--ignored"]);
    let output = process.env(PROGRAM, name).env(SIZE, size.to_string()).output().unwrap();
    output.status.success() && String::from_utf8_lossy(&output.stdout).contains("1 passed")
}

/// The stack that the program needs, in KiB, up to a multiple of 16.
fn need(name: &str) -> usize {
    let (mut too_small, mut enough) = (0, 256);
    while enough - too_small > 1 {
        let size = usize::midpoint(too_small, enough);
        if fits(name, size * 16) {
            enough = size;
        } else {
            too_small = size;
        }
    }
    enough * 16
}

#[test]
fn large_step_needs_the_stack_of_the_same_future_by_hand() {
    let by_hand = need("large by hand, started").max(need("large by hand, in place"));
    for name in [
        "large in place",
        "large started",
        "large retried in place",
        "large retried started",
        "large child in place",
        "large child started",
    ] {
        assert!(fits(name, by_hand + 32), "{name} needs {} KiB, by hand {by_hand}", need(name));
    }
    // A future next to others is copied once more, into memory that is used again.
    for name in ["large several in place", "large several started"] {
        assert!(fits(name, by_hand + LARGE / 1024 + 32), "{name} needs {} KiB, by hand {by_hand}", need(name));
    }
}

#[test]
fn large_event_needs_the_stack_of_the_same_future_by_hand() {
    let by_hand = need("event by hand, started").min(need("event by hand, in place"));
    for name in [
        "event in place",
        "event started",
        "blocking event in place",
        "blocking event started",
        "sent event in place",
        "sent event started",
        "input in place",
        "input started",
        "output in place",
        "output started",
        "batch in place",
        "batch started",
    ] {
        assert!(fits(name, by_hand), "{name} needs {} KiB, by hand {by_hand}", need(name));
    }
}

#[test]
fn large_prompt_needs_the_stack_of_a_channel_by_hand() {
    let by_hand = need("prompt by hand, started").min(need("prompt by hand, in place"));
    for name in ["prompt in place", "prompt started", "prompt returned"] {
        assert!(fits(name, by_hand), "{name} needs {} KiB, by hand {by_hand}", need(name));
    }
}

#[test]
fn large_state_needs_the_stack_of_a_mutex_by_hand() {
    let by_hand = need("state by hand, started").min(need("state by hand, in place"));
    for name in [
        "state in place",
        "state started",
        "state given in place",
        "state given started",
        "state of a handle",
        "state of a child in place",
        "state of a child started",
    ] {
        assert!(fits(name, by_hand), "{name} needs {} KiB, by hand {by_hand}", need(name));
    }
    // Serde copies a value on its way into the snapshot and back.
    let resumed_by_hand = need("state resumed by hand");
    assert!(fits("state resumed", resumed_by_hand), "needs {} KiB, by hand {resumed_by_hand}", need("state resumed"));
}
