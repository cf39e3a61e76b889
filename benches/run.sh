#!/usr/bin/env bash
# Runs every bench, then the other crates, and prints their tables as Markdown to stdout and its progress to
# stderr. Takes a quarter of an hour after the build, or a few minutes with `--quick`.
set -euo pipefail
cd "$(dirname "$0")/.."

table() { # <column of the baseline> <column of this crate> <bench>...
    local baseline=$1 ours=$2
    shift 2
    echo
    echo "| | $baseline | $ours | unit | ratio | spread | target | |"
    echo "|---|--:|--:|---|--:|---|--:|---|"
    for bench in "$@"; do
        echo "bench $bench, load $(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || echo unknown)" >&2
        cargo bench --quiet --locked --bench "$bench" -- --markdown "${arguments[@]}"
    done
}

arguments=("$@")
cargo bench --quiet --locked --no-run --benches

echo "Machine: $(sed -n 's/^model name\s*: //p' /proc/cpuinfo 2>/dev/null | head -n 1), $(getconf _NPROCESSORS_ONLN) cores;" \
    "$(uname -sr); $(rustc --version)."

echo
echo "## Ratios to the baselines"
table baseline ours hop run fan_out parked streaming blocking snapshot isolated durable

echo
echo "## Instructions"
table baseline ours instructions

echo
echo "## Cost of features"
table without with features

echo
echo "## Compile time"
table baseline ours compile
echo
echo "The part of the macros:"
cargo test --quiet --locked --release -p workflows-macros -- --ignored --nocapture expansion_time | sed -n '/steps:/s/^/* /p'

echo
echo "## Other crates"
benches/peers/run.sh "${arguments[@]}"
