//! Workers that do not follow the protocol.

use crate::common::{assert_passes, in_another_process, isolated};
use std::{
    env,
    io::{self, Read, Write},
    net::Shutdown,
    os::{fd::AsFd, unix::net::UnixStream},
};
use workflows_runtime::{Executors, isolated::IsolatedError, prelude::*};

const VARIABLE: &str = "ISOLATED_TEST_BEHAVIOR";

/// In the process of a worker: does what the variable says, instead of executing calls.
pub(crate) fn behave_badly() {
    let Ok(how) = env::var(VARIABLE) else { return };
    let mut stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned().unwrap());
    match how.as_str() {
        "exits" => std::process::exit(5),
        "other version" => stream.write_all(&frame(0, b"workflows 0.0.0 0")).unwrap(),
        _ => stream.write_all(&frame(0, concat!("workflows ", env!("CARGO_PKG_VERSION"), " 1").as_bytes())).unwrap(),
    }
    let mut request = [0; 4];
    stream.read_exact(&mut request).unwrap();
    match how.as_str() {
        "writes garbage" => stream.write_all(&[0xff; 64]).unwrap(),
        "writes an unknown frame" => stream.write_all(&frame(99, b"")).unwrap(),
        "answers twice" => stream.write_all(&[frame(3, b"one"), frame(3, b"two")].concat()).unwrap(),
        "publishes" => stream.write_all(&frame(4, b"item")).unwrap(),
        "closes its socket" => {
            // All copies of it.
            stream.shutdown(Shutdown::Both).unwrap();
        }
        _ => {}
    }
    loop {
        std::thread::park();
    }
}

fn frame(tag: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len() + 1).unwrap();
    [&length.to_le_bytes()[..], &[tag], payload].concat()
}

#[workflow]
struct Step;

#[workflow]
impl Step {
    #[step]
    #[blocking(cpu, isolated)]
    fn step(&self, _: Start<()>) -> Stop<()> {
        Stop(())
    }
}

#[tokio::test]
#[ignore = "executed with workers that behave badly"]
async fn error_of_a_bad_worker() {
    crate::worker();
    let executors = Executors::builder().isolated_processes(1).build().unwrap();
    let error = Step.run(()).executors(&executors).await.unwrap_err();
    assert!(error.downcast_ref::<IsolatedError>().is_some(), "{error}");
    println!("error: {error}");
    assert!(executors.shutdown_timeout(Duration::from_secs(30)).await);
    assert_eq!(executors.process_metrics()[0].processes, 0);
}

#[tokio::test]
async fn bad_worker_is_killed_and_described() {
    let test = isolated(1).await;
    let broken = "error: step `step` failed: the process of `step`";
    let not_started = "error: step `step` failed: a process for isolated code did not start:";
    let cases = [
        ("writes garbage", format!("{broken} has sent something other than a result")),
        ("writes an unknown frame", format!("{broken} has sent something other than a result")),
        ("answers twice", format!("{broken} has sent something other than a result")),
        ("publishes", "error: step `step` failed: an item of `step` cannot be sent to another process".to_owned()),
        ("closes its socket", format!("{broken} has closed its connection")),
        ("exits", format!("{not_started} exit code 5 before it reached `isolated::init`")),
        ("other version", format!("{not_started} it is another version of the program")),
    ];
    for (how, expected) in cases {
        let mut command = in_another_process("broken::error_of_a_bad_worker");
        let output = assert_passes(command.env(VARIABLE, how));
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(printed.contains(&expected), "{how}: {printed}");
    }
    test.end().await;
}
