//! Fetches the metrics of the example.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

/// Kills the example at the end of the test, also if it fails.
struct Example(Child);

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn metrics_of_a_run_and_of_its_pool_are_served() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prometheus"));
    let mut example = Example(command.arg("0").stdout(Stdio::piped()).spawn().expect("the example can run"));
    let mut lines = BufReader::new(example.0.stdout.take().expect("its output")).lines();
    let mut line = || lines.next().expect("a line").expect("text");
    assert_eq!(line(), "6 words");
    let url = line();
    let address = url.strip_prefix("http://").and_then(|url| url.strip_suffix("/metrics")).expect("an address");
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("a request");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    for expected in [
        "# TYPE workflows_runs_live gauge",
        "# HELP workflows_runs_live Runs that have begun and have no result yet.",
        "workflows_runs_live{workflow=\"Count\"} 0",
        "workflows_runs_total{workflow=\"Count\",outcome=\"completed\"} 1",
        "workflows_run_seconds_count{workflow=\"Count\",outcome=\"completed\"} 1",
        "workflows_step_seconds_count{workflow=\"Count\",step=\"split\",outcome=\"done\"} 1",
        "workflows_step_seconds_count{workflow=\"Count\",step=\"fetch\",outcome=\"done\"} 3",
        "workflows_step_seconds_count{workflow=\"Count\",step=\"sum\",outcome=\"done\"} 1",
        "workflows_step_retries_total{workflow=\"Count\",step=\"fetch\"} 3",
        "workflows_pool_queued{pool=\"cpu\"} 0",
        "workflows_pool_running{pool=\"cpu\"} 0",
        "workflows_pool_limit{pool=\"cpu\"} ",
        "workflows_pool_wait_seconds_count{pool=\"cpu\"} 3",
    ] {
        assert!(text.contains(&format!("\n{expected}")), "{expected} is not in:\n{text}");
    }
}
