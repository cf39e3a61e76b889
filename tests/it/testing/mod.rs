//! The kit for tests of workflows.

mod answers;
mod fault;
mod graph;
mod interleave;
mod kinds;
mod record;
mod replace;
mod resume;
mod test_run;
mod time;

use std::panic::AssertUnwindSafe;

use futures::FutureExt;

/// The message of the panic of a future.
async fn panic_of<T>(future: impl Future<Output = T>) -> String {
    match AssertUnwindSafe(future).catch_unwind().await {
        Ok(_) => panic!("it does not panic"),
        Err(panic) => message(&*panic),
    }
}

/// The message of the panic of a closure.
fn panic_in<T>(closure: impl FnOnce() -> T) -> String {
    match std::panic::catch_unwind(AssertUnwindSafe(closure)) {
        Ok(_) => panic!("it does not panic"),
        Err(panic) => message(&*panic),
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    match panic.downcast_ref::<String>() {
        Some(text) => text.clone(),
        None => (*panic.downcast_ref::<&str>().unwrap()).to_owned(),
    }
}
