//! Blocking code: functions, blocks and whole steps.

mod abandoned;
mod function;
mod step;

use std::{
    sync::{Mutex, mpsc},
    thread,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use workflows_runtime::Executors;

fn thread_name() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

fn executors(io: usize, cpu: usize) -> Executors {
    Executors::builder().io_threads(io).cpu_threads(cpu).pool("embed", 1).build().unwrap()
}

/// What blocking code does under the eyes of a test: it tells that it has begun, and goes on when
/// it is let.
struct Inside {
    begun: UnboundedSender<u32>,
    go: Mutex<mpsc::Receiver<()>>,
}

impl Inside {
    fn new() -> (Self, Outside) {
        let ((begun, has_begun), (go, may_go)) = (unbounded_channel(), mpsc::channel());
        (Self { begun, go: Mutex::new(may_go) }, Outside { begun: has_begun, go })
    }

    fn stay(&self, n: u32) {
        self.begun.send(n).unwrap();
        self.go.lock().unwrap().recv().unwrap();
    }
}

/// The test's side of [`Inside`].
struct Outside {
    begun: UnboundedReceiver<u32>,
    go: mpsc::Sender<()>,
}
