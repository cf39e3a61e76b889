//! Free, associated and generic functions, with all options.

use std::{collections::HashMap, time::Duration};
use workflows_runtime::{isolated::Registry, prelude::*};

const LIMIT: Duration = Duration::from_secs(5);
const CALLS: usize = 100;
const BYTES: u64 = 1 << 30;

#[blocking(cpu, isolated(timeout = "5s", memory = "1GiB", recycle_after = 100))]
fn free(text: String, mut numbers: Vec<u64>) -> HashMap<String, u64> {
    numbers.push(1);
    HashMap::from([(text, numbers.iter().sum())])
}

#[blocking(io, isolated(timeout = LIMIT, memory = BYTES, recycle_after = CALLS))]
pub fn constants((a, b): (u32, u32), _: bool) -> Option<u32> {
    a.checked_add(b)
}

#[blocking(cpu, isolated, pool = "embed")]
fn generic<T: Event, const N: usize>(value: T) -> [Option<T>; N]
where
    [Option<T>; N]: workflows_runtime::isolated::IsolatedValue,
{
    std::array::from_fn(|_| Some(value.clone()))
}

#[event]
struct Page {
    text: String,
}

struct Circle;

impl Circle {
    const TIMEOUT: Duration = LIMIT;

    /// Returns the area.
    #[blocking(cpu, isolated(timeout = Self::TIMEOUT))]
    pub fn area(radius: f64) -> f64 {
        Self::square(radius) * 3.0
    }

    fn square(number: f64) -> f64 {
        number * number
    }
}

#[blocking(cpu, isolated)]
fn fails(text: String) -> StepResult<u32> {
    if text.is_empty() {
        return Err("empty".into());
    }
    Ok(text.parse()?)
}

#[blocking(cpu, isolated)]
fn nothing() {}

fn main() {
    let _ = Registry::new()
        .function(free)
        .function(constants)
        .function(generic::<Page, 2>)
        .function(Circle::area)
        .function(fails)
        .function(nothing);
}
