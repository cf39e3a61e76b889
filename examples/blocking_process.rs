//! A computation that crashes every third time and one that never ends, in processes of their own: the workflow finishes.
//! Run it: `cargo run --release --example blocking_process`.

use workflows_runtime::{
    isolated,
    isolated::{IsolatedError, Registry},
    prelude::*,
};

#[event]
struct Part {
    number: u32,
}

#[event]
struct Squared {
    number: u32,
    square: Option<u32>,
}

#[workflow]
struct Squares;

#[workflow]
impl Squares {
    #[step]
    async fn split(&self, Start(numbers): Start<Vec<u32>>) -> Vec<Part> {
        numbers.into_iter().map(|number| Part { number }).collect()
    }

    /// Behaves like a faulty native library: it crashes for every third number, at first, and hangs for one.
    #[step(workers = 2, retry = Retry::immediate().max_attempts(3).when(died))]
    #[blocking(cpu, isolated(timeout = "300ms"))]
    fn square(&self, ctx: &Context<Self>, Part { number }: Part) -> Squared {
        if number == 7 {
            loop {
                std::hint::spin_loop();
            }
        }
        if number % 3 == 0 && ctx.attempt().number == 1 {
            std::process::abort();
        }
        Squared { number, square: Some(number * number) }
    }

    /// Takes the part whose computation was killed.
    #[catch_error(steps(square), max_recoveries = 2)]
    async fn without(&self, failed: StepFailed) -> Squared {
        println!("{}", failed.error);
        Squared { number: 0, square: None }
    }

    #[step]
    async fn collect(&self, all: Vec<Squared>) -> Stop<Vec<String>> {
        let mut all = all;
        all.sort_by_key(|squared| squared.number);
        Stop(all.iter().filter_map(|squared| Some(format!("{}²={}", squared.number, squared.square?))).collect())
    }
}

/// A crash is retried, an endless loop is not.
fn died(error: &StepError) -> bool {
    matches!(error.downcast_ref(), Some(IsolatedError::Died { .. }))
}

#[tokio::main]
async fn main() -> Result<(), RunError> {
    // First: the other processes are this program, and remain in this line.
    isolated::init(|| Registry::new().workflow(Squares));
    let squares = Squares.run((1..=8).collect()).await?;
    println!("{}", squares.join(" "));
    Ok(())
}
