#!/usr/bin/env bash
# Runs every bench, then the other crates, and writes their tables as Markdown to stdout; progress goes to
# stderr. Takes a quarter of an hour once all is built; `benches/run.sh --quick` a few minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

table() { # <column of the limit> <column of ours> <bench>...
    local limit=$1 ours=$2
    shift 2
    echo
    echo "| | $limit | $ours | unit | ratio | spread | at most | |"
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
echo "## Beside the limits"
table limit ours hop run fan_out parked streaming blocking snapshot

echo
echo "## Instructions"
table limit ours instructions

echo
echo "## What a feature costs"
table without with features

echo
echo "## Compile time"
table "by hand" ours compile
echo
echo "The macros' own part of that:"
cargo test --quiet --locked --release -p workflows-macros -- --ignored --nocapture expansion_time | sed -n '/steps:/s/^/* /p'

echo
echo "## Beside other crates"
benches/peers/run.sh "${arguments[@]}"
