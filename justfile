# Commands of this repository. `just --list` shows them.

# List the commands
default:
    @just --list

# Run all tests
test *args:
    cargo test --workspace --locked {{ args }}

# Run all tests that do not compare the messages of the compiler
test-portable *args:
    cargo test --workspace --locked {{ args }} -- --skip ui_cases

# Compile the programs of tests/ui, all or one topic: `just ui batches/`
ui filter="":
    cargo test --locked --test compile -- ui_cases trybuild={{ filter }}

# Write the messages of the compiler to the .stderr files of tests/ui
bless filter="":
    TRYBUILD=overwrite cargo test --locked --test compile -- ui_cases trybuild={{ filter }}

# Write the golden expansions
expand:
    EXPAND=overwrite cargo test --locked -p workflows-macros --lib

# Run the models of the concurrent code with a number of schedules: `just models 100`
models schedules="1000":
    SHUTTLE_SCHEDULES={{ schedules }} cargo test --locked --manifest-path models/Cargo.toml models::

# Run the simulation of the engine with many seeds, for minutes
simulate:
    cargo test --locked --release -p workflows-runtime --lib -- --ignored many_random

# Kill a process with 400 durable runs 100 times, for minutes; and crash at any record of a run
kills:
    cargo test --locked -p workflows-sqlite --test crash --test parking -- --ignored --nocapture
    cargo test --locked --test it -- --ignored durable::

# Measure how the time to compile grows with the number of steps
growth:
    cargo test --locked --test compile -- --ignored --nocapture build_time

# Check whole programs for blocking calls, and draw graphs: the cases of cargo-workflows
whole:
    cargo test --locked -p cargo-workflows --test whole --test graph -- --ignored --nocapture

# Test the examples that export spans and metrics
telemetry:
    cargo test --locked --manifest-path examples/telemetry/Cargo.toml --workspace

# Run all benches and print their tables, `just bench --quick` in a few minutes
bench *args:
    benches/run.sh {{ args }}

# Build the docs with warnings denied
doc *args:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked {{ args }}

# Check formatting and lints
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Check each feature alone
features:
    cargo hack check --each-feature --no-dev-deps -p workflows-macros -p workflows-runtime

# Check the libraries with the lowest versions that their manifests permit. Changes manifests and lock file
minimal-versions:
    cargo hack --remove-dev-deps --workspace
    sed -i.bak '/"examples\//d' Cargo.toml
    cargo +nightly update -Z direct-minimal-versions
    cargo check --all-features -p workflows-macros -p workflows-runtime -p workflows-durable -p workflows-sqlite

# Run the unit tests of the engine in Miri, without those of random or many runs
miri:
    cargo +nightly miri test --locked -p workflows-runtime --lib -- --skip random_runs --skip random_answers --skip crashes --skip stress

# Fuzz the resume of snapshots, five minutes in each format
fuzz:
    cargo test --locked --test mutations -- --ignored write_corpus
    cargo +nightly fuzz run snapshot_json -- -max_total_time=300
    cargo +nightly fuzz run snapshot_postcard -- -max_total_time=300

# Build the packages as crates.io receives them
package:
    cargo package --locked -p workflows-macros -p workflows-runtime -p workflows-durable -p workflows-sqlite

# Run what must pass before a merge
ci:
    .ci/run
