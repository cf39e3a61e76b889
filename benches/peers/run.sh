#!/usr/bin/env bash
# Builds the other crates' programs, runs all rounds, and writes their tables as Markdown to stdout;
# `--quick` for few rounds.
set -euo pipefail
cd "$(dirname "$0")"
cargo run --quiet --release --locked -- "$@"
