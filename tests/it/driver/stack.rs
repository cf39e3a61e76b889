//! Large steps on a stack of 2 MiB, the default of a thread. An overflow aborts the process, so each
//! program runs in one of its own.

use std::{env, process::Command, thread};
use workflows_runtime::prelude::*;
use workflows_tests::yield_once;

/// A step whose future has 256 KiB.
#[workflow]
struct LargeStep;

#[workflow]
impl LargeStep {
    #[step]
    async fn large(&self, Start(seed): Start<u8>) -> Stop<u8> {
        #[allow(clippy::large_stack_arrays, reason = "the size is tested")]
        let data = [seed; 256 * 1024];
        yield_once().await;
        Stop(data[usize::from(seed)])
    }
}

async fn program(number: u32) -> u8 {
    match number {
        0 => LargeStep.run(7).await.unwrap(),
        _ => LargeStep.run(7).start().await.unwrap(),
    }
}

/// In the environment of the process: the number of its program.
const PROGRAM: &str = "STACK_TEST_PROGRAM";

#[test]
#[ignore = "started by `large_step_fits_on_a_stack_of_2_mib`"]
fn one_program() {
    let number = env::var(PROGRAM).unwrap().parse().unwrap();
    let run = move || tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(program(number));
    let thread = thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap();
    assert_eq!(thread.join().unwrap(), 7);
}

#[test]
fn large_step_fits_on_a_stack_of_2_mib() {
    let module = module_path!().split_once("::").unwrap().1;
    for number in 0..2 {
        let mut process = Command::new(env::current_exe().unwrap());
        process.args(["--exact", &format!("{module}::one_program"), "--ignored"]);
        let output = process.env(PROGRAM, number.to_string()).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && printed.contains("1 passed"), "program {number}: {printed}");
    }
}
