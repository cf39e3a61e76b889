//! Blocking code: functions, blocks and whole steps.

#![allow(clippy::unused_async, clippy::unused_self, reason = "steps are async methods")]
#![allow(clippy::type_complexity, reason = "the context lists what a step sends and waits for")]

mod abandoned;
mod accounting;
mod borrows;
mod ended_wait;
mod function;
mod given_values;
mod other_functions;
mod paused_clock;
mod pool;
mod rayon;
mod shutdown;
mod statement;
mod step;
mod variables;
mod workers;

use std::{
    sync::{Mutex, mpsc},
    thread,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use workflows_runtime::Executors;

/// Declares a workflow with one step, and a test that its run returns `$expected`.
macro_rules! single_step {
    ($test:ident, $workflow:ident($input:ident: $from:ty = $given:expr) -> $to:ty = $expected:expr, $body:block) => {
        #[workflow]
        struct $workflow;

        #[workflow]
        impl $workflow {
            #[step]
            async fn only(&self, Start($input): Start<$from>) -> StepResult<Stop<$to>> $body
        }

        #[tokio::test]
        async fn $test() {
            assert_eq!($workflow.run($given).await.unwrap(), $expected);
        }
    };
}

use single_step;

fn thread_name() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

fn executors(io: usize, cpu: usize) -> Executors {
    Executors::builder().io_threads(io).cpu_threads(cpu).pool("embed", 1).build().unwrap()
}

/// Blocks the code that passes it until the test opens it, and reports each arrival.
struct Gate {
    started: UnboundedSender<u32>,
    opened: Mutex<mpsc::Receiver<()>>,
}

impl Gate {
    fn new() -> (Self, GateControl) {
        let (started, receive_started) = unbounded_channel();
        let (open, opened) = mpsc::channel();
        (Self { started, opened: Mutex::new(opened) }, GateControl { started: receive_started, open })
    }

    fn pass(&self, n: u32) {
        self.started.send(n).unwrap();
        self.opened.lock().unwrap().recv().unwrap();
    }
}

/// The test's side of a [`Gate`].
struct GateControl {
    started: UnboundedReceiver<u32>,
    open: mpsc::Sender<()>,
}
