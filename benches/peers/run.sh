#!/usr/bin/env bash
# Builds the programs that use the other crates, runs all rounds, and prints the tables as Markdown to stdout.
# `--quick` runs fewer rounds.
set -euo pipefail
cd "$(dirname "$0")"
cargo run --quiet --release --locked -- "$@"
