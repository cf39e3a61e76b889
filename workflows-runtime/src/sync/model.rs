//! Runs the models of concurrent code. See "Model checking" in `CONTRIBUTING.md`.

use shuttle::{
    Config, Runner,
    scheduler::{PctScheduler, RandomScheduler, ReplayScheduler},
};
use std::{
    env,
    sync::{Arc, Mutex, PoisonError},
};

/// The schedules that each scheduler explores, unless `SHUTTLE_SCHEDULES` is set.
const SCHEDULES: usize = 1000;

/// The preemptions in a schedule of the PCT scheduler. Few races need more.
const PREEMPTIONS: usize = 3;

/// The steps of a schedule, of which a model has a few hundred. More are a livelock.
const MAX_STEPS: usize = 100_000;

/// Taken by the model that runs. Models share the `static`s of generated code, whose locks belong to one execution.
static RUNNING: Mutex<()> = Mutex::new(());

/// Runs `model` under many schedules: random ones, and those with few preemptions. A failure prints its schedule.
///
/// With `SHUTTLE_SCHEDULE=<schedule>`, runs only that one.
pub(crate) fn check(model: impl Fn() + Send + Sync + 'static) {
    let _running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Ok(schedule) = env::var("SHUTTLE_SCHEDULE") {
        Runner::new(ReplayScheduler::new_from_encoded(schedule.trim()), config()).run(model);
        return;
    }
    let schedules = match env::var("SHUTTLE_SCHEDULES") {
        Ok(number) => number.parse().expect("`SHUTTLE_SCHEDULES` is a number"),
        Err(_) => SCHEDULES,
    };
    let model = Arc::new(model);
    let random = Arc::clone(&model);
    Runner::new(RandomScheduler::new(schedules), config()).run(move || random());
    Runner::new(PctScheduler::new(PREEMPTIONS, schedules), config()).run(move || model());
}

fn config() -> Config {
    let mut config = Config::new();
    // The futures of a run in a debug build need more than the default.
    config.stack_size = 512 * 1024;
    config.max_steps = shuttle::MaxSteps::FailAfter(MAX_STEPS);
    config.silence_warnings = true;
    config
}
