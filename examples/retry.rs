//! Retry with backoff: a failed step is retried with growing delays, if the error is transient.
//! Run it: `cargo run --example retry`.

use std::{
    io::{self, ErrorKind},
    sync::atomic::{AtomicU32, Ordering},
};
use workflows_runtime::{StepPhase, prelude::*};

/// A placeholder for a network service that aborts the first two calls.
#[derive(Default)]
struct Service {
    calls: AtomicU32,
}

impl Service {
    async fn get(&self, page: &str) -> io::Result<String> {
        tokio::task::yield_now().await;
        if page == "/secret" {
            return Err(io::Error::new(ErrorKind::PermissionDenied, "not for you"));
        }
        if self.calls.fetch_add(1, Ordering::Relaxed) < 2 {
            return Err(io::Error::new(ErrorKind::ConnectionReset, "connection reset"));
        }
        Ok(format!("the page at {page}"))
    }
}

/// Whether a retry may succeed.
fn is_passing(error: &StepError) -> bool {
    error.find::<io::Error>().is_some_and(|error| error.kind() != ErrorKind::PermissionDenied)
}

#[workflow(stream = u32)]
struct Fetch {
    service: Service,
}

#[workflow]
impl Fetch {
    #[step(retry = Retry::exponential(Duration::from_millis(20)).max_attempts(5).when(is_passing))]
    async fn fetch(&self, ctx: &Context<Self>, Start(page): Start<String>) -> StepResult<Stop<String>> {
        ctx.publish(ctx.attempt().number);
        Ok(Stop(self.service.get(&page).await?))
    }
}

#[tokio::main]
async fn main() {
    for page in ["/news", "/secret"] {
        let run = Fetch { service: Service::default() }.run(page.to_owned()).step_events(true).start();
        let mut events = run.events();
        while let Some(event) = events.next().await {
            match event {
                RunEvent::Published(number) => println!("{page}, attempt {number}"),
                RunEvent::Step(step) => {
                    if let StepPhase::Retrying { after } = step.phase {
                        println!("failed, again in {after:?}");
                    }
                }
                _ => {}
            }
        }
        match run.await {
            Ok(text) => println!("{text}"),
            Err(error) => println!("{error}"),
        }
    }
}
