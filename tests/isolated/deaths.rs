//! Each kind of death is an error of its step, and the pool continues.

use crate::common::isolated;
use rustix::process::{Signal, getpid, kill_process};
use std::hint::black_box;
use workflows_runtime::{
    isolated::{IsolatedError, ProcessExit, Registry},
    prelude::*,
};

pub(crate) fn register(registry: Registry) -> Registry {
    registry.workflow(Die).workflow(Flaky).workflow(Endless)
}

#[workflow]
struct Die;

#[workflow]
impl Die {
    #[step]
    #[blocking(cpu, isolated(timeout = "30s", memory = "256MiB"))]
    fn die(&self, Start(how): Start<String>) -> Stop<String> {
        match how.as_str() {
            "abort" => std::process::abort(),
            "segfault" => signal(Signal::SEGV),
            "kill" => signal(Signal::KILL),
            "stack" => Stop(deep(1).to_string()),
            "exit 0" => std::process::exit(0),
            "exit 3" => std::process::exit(3),
            "memory" => Stop(allocate().to_string()),
            "panic" => panic!("only a panic"),
            "chatty" => {
                eprint!("{}", "chatty\n".repeat(5000));
                Stop("said".to_owned())
            }
            "last words" => {
                eprintln!("last words");
                std::process::abort()
            }
            "text" => {
                for line in 0..20 {
                    eprintln!("line {line}");
                }
                std::process::abort()
            }
            _ => Stop(how),
        }
    }
}

fn signal(signal: Signal) -> ! {
    // The handler of std for overflows of the stack takes the first `SIGSEGV`, and restores the default.
    loop {
        kill_process(getpid(), signal).unwrap();
    }
}

fn deep(n: u64) -> u64 {
    let frame = [n; 512];
    if n == u64::MAX { 0 } else { deep(black_box(n + 1)) + black_box(frame)[7] }
}

fn allocate() -> usize {
    let mut all = Vec::new();
    loop {
        all.push(black_box(vec![0_u8; 16 << 20]));
        if all.len() == usize::MAX {
            return all.len();
        }
    }
}

#[tokio::test]
async fn each_death_is_an_error_of_its_step() {
    let test = isolated(1).await;
    let deaths = [
        ("abort", ProcessExit::Signal(6), ""),
        ("segfault", ProcessExit::Signal(11), ""),
        ("kill", ProcessExit::Signal(9), ""),
        ("stack", ProcessExit::Signal(6), "has overflowed its stack"),
        ("exit 0", ProcessExit::Code(0), ""),
        ("exit 3", ProcessExit::Code(3), ""),
        ("memory", ProcessExit::Signal(6), "memory allocation of 16777216 bytes failed"),
        ("text", ProcessExit::Signal(6), "line 12\nline 13\nline 14\nline 15\nline 16\nline 17\nline 18\nline 19"),
    ];
    for (how, expected, text) in deaths {
        let error = Die.run(how.to_owned()).executors(&test.executors).await.unwrap_err();
        let Some(IsolatedError::Died { call, exit, stderr, .. }) = error.downcast_ref() else {
            panic!("{how}: {error}")
        };
        assert_eq!((call.as_str(), *exit), ("die", expected), "{how}");
        assert!(stderr.contains(text), "{how}: {stderr}");
        let alive = Die.run("alive".to_owned()).executors(&test.executors).await;
        assert_eq!(alive.unwrap(), "alive", "after {how}");
    }
    assert_eq!(test.metrics().killed, 0);
    test.end().await;
}

#[tokio::test]
async fn lines_of_earlier_calls_are_not_in_the_error() {
    let test = isolated(1).await;
    for _ in 0..20 {
        // Returns while its lines are in the pipe.
        assert_eq!(Die.run("chatty".to_owned()).executors(&test.executors).await.unwrap(), "said");
        let error = Die.run("last words".to_owned()).executors(&test.executors).await.unwrap_err();
        let Some(IsolatedError::Died { stderr, .. }) = error.downcast_ref() else { panic!("{error}") };
        assert_eq!(stderr, "last words");
    }
    test.end().await;
}

#[tokio::test]
async fn error_names_the_signal_and_the_last_lines() {
    let test = isolated(1).await;
    let error = Die.run("segfault".to_owned()).executors(&test.executors).await.unwrap_err();
    assert_eq!(error.to_string(), "step `die` failed: the process of `die` died: signal 11 (SIGSEGV)");
    let error = Die.run("memory".to_owned()).executors(&test.executors).await.unwrap_err();
    let message = error.to_string();
    let begin = "step `die` failed: the process of `die` died: signal 6 (SIGABRT)\n  stderr: ";
    assert!(message.starts_with(begin), "{message}");
    test.end().await;
}

#[workflow]
struct Endless;

#[workflow]
impl Endless {
    #[step]
    #[blocking(cpu, isolated(timeout = "100ms"))]
    fn compute(&self, _: Start<()>) -> Stop<()> {
        loop {
            std::hint::spin_loop();
        }
    }
}

#[tokio::test]
async fn endless_loop_is_killed_after_its_timeout() {
    let test = isolated(1).await;
    let error = Endless.run(()).executors(&test.executors).await.unwrap_err();
    assert_eq!(error.to_string(), "step `compute` failed: `compute` exceeded 100ms, and its process was killed");
    assert!(matches!(error.downcast_ref(), Some(IsolatedError::TimedOut { .. })));
    assert_eq!(test.metrics().killed, 1);
    assert_eq!(Die.run("alive".to_owned()).executors(&test.executors).await.unwrap(), "alive");
    test.end().await;
}

#[tokio::test(start_paused = true)]
async fn timeout_of_a_process_is_in_real_time() {
    let test = isolated(1).await;
    let error = Endless.run(()).executors(&test.executors).await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(IsolatedError::TimedOut { .. })));
    tokio::time::resume();
    test.end().await;
}

#[tokio::test]
async fn panic_of_a_step_is_a_failure_and_the_process_lives() {
    let test = isolated(1).await;
    let error = Die.run("panic".to_owned()).executors(&test.executors).await.unwrap_err();
    assert_eq!(error.to_string(), "step `die` failed: panicked: only a panic");
    // The type is that of the process of the step: its name is left.
    let failed = error.step_error().unwrap();
    assert_eq!(failed.type_name(), Some("workflows_runtime::Panicked"));
    assert_eq!((test.metrics().started, test.metrics().processes), (1, 1));
    test.end().await;
}

/// Crashes, and succeeds in the third attempt.
#[workflow]
struct Flaky;

#[workflow]
impl Flaky {
    #[step(retry = Retry::immediate().max_attempts(5).when(StepError::is::<IsolatedError>))]
    #[blocking(cpu, isolated(timeout = "1s"))]
    fn crash(&self, ctx: &Context<Self>, _: Start<()>) -> Stop<u32> {
        match ctx.attempt().number {
            1 => std::process::abort(),
            2 => loop {
                std::hint::spin_loop();
            },
            number => Stop(number),
        }
    }
}

#[tokio::test]
async fn crashes_are_retried_by_their_type() {
    let test = isolated(1).await;
    assert_eq!(Flaky.run(()).executors(&test.executors).await.unwrap(), 3);
    assert_eq!(test.metrics().started, 3);
    test.end().await;
}
