//! Programs that must not compile, with their exact messages, and programs that must.
//!
//! `tests/ui/<topic>/fail` holds programs with a mistake, each named after it, and the compiler's
//! message. `tests/ui/<topic>/pass` holds correct programs. `TRYBUILD=overwrite` updates the
//! messages; `cargo test --test compile -- ui_cases trybuild=batches/` runs one topic.

use std::{fmt::Write, fs, path::PathBuf, time::Instant};

#[test]
fn ui_cases_have_the_expected_messages() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*/fail/*.rs");
    cases.pass("tests/ui/*/pass/*.rs");
}

#[test]
fn workflow_of_100_steps_compiles() {
    trybuild::TestCases::new().pass(large(100));
}

/// Prints build times: `cargo test --test compile -- --ignored --nocapture build_time`.
#[test]
#[ignore = "a measurement without an assertion"]
fn build_time_by_number_of_steps() {
    // The first build includes the dependencies.
    for steps in [10, 10, 100, 300] {
        let cases = trybuild::TestCases::new();
        cases.pass(large(steps));
        let begun = Instant::now();
        drop(cases);
        println!("{steps} steps: {:.1} s", begun.elapsed().as_secs_f64());
    }
}

/// Generates a workflow of that many steps in a row; every fifth one may also loop back by one.
fn large(steps: usize) -> PathBuf {
    let mut code = String::from("use workflows_runtime::prelude::*;\n\n#[workflow]\nstruct Large;\n\n");
    for step in 0..steps {
        writeln!(code, "#[event]\nstruct Event{step}(u64);").unwrap();
    }
    code.push_str("\n#[workflow]\nimpl Large {\n    #[step]\n");
    code.push_str("    async fn begin(&self, Start(n): Start<u64>) -> Event0 { Event0(n) }\n");
    for step in 1..steps {
        let before = step - 1;
        let back = step.is_multiple_of(5);
        let output = if back { format!("OneOf<Event{step}, Event{before}>") } else { format!("Event{step}") };
        let emit = if back { ".emit()" } else { "" };
        writeln!(code, "    #[step]\n    async fn step{step}(&self, Event{before}(n): Event{before}) -> {output} {{ Event{step}(n + 1){emit} }}").unwrap();
    }
    writeln!(code, "    #[step]\n    async fn end(&self, Event{0}(n): Event{0}) -> Stop<u64> {{ Stop(n) }}", steps - 1)
        .unwrap();
    code.push_str("}\n\nfn main() {}\n");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("large_{steps}.rs"));
    fs::write(&path, code).unwrap();
    path
}
