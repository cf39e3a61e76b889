#!/usr/bin/env bash
# Compares a step of durable runs with durare, in files of SQLite and, if POSTGRES_URL is set, in that database: it should
# be empty, and flush what it commits. Runs all rounds in turn, and prints the medians as a table in Markdown, in
# microseconds per step. `--quick` runs fewer rounds.
set -euo pipefail
cd "$(dirname "$0")"
rounds=7
[ "${1:-}" = --quick ] && rounds=3
for program in ours durare; do
    cargo build --quiet --release --locked --manifest-path $program/Cargo.toml
done
ours=${CARGO_TARGET_DIR:-ours/target}/release/ours-durable
durare=${CARGO_TARGET_DIR:-durare/target}/release/durare-peer

files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT

# The median and the spread of the numbers in a file.
summary() {
    sort -g "$1" | awk '{ all[NR] = $1 } END { printf "%.0f (%.0f..%.0f)", all[int((NR + 1) / 2)], all[1], all[NR] }'
}

echo "| runs at once, steps of each | ours, SQLite | durare, SQLite | durare, Postgres |"
echo "|---|--:|--:|--:|"
for load in "1 300" "100 50" "1000 10"; do
    read -r runs steps <<<"$load"
    for ((round = 0; round < rounds; round++)); do
        "$ours" "$files/ours-$runs-$round.db" "$runs" "$steps" >>"$files/$runs-ours"
        "$durare" "sqlite://$files/durare-$runs-$round.db" "$runs" "$steps" >>"$files/$runs-sqlite"
        if [ -n "${POSTGRES_URL:-}" ]; then
            "$durare" "$POSTGRES_URL" "$runs" "$steps" >>"$files/$runs-postgres"
        fi
    done
    postgres=–
    [ -f "$files/$runs-postgres" ] && postgres=$(summary "$files/$runs-postgres")
    echo "| $runs, $steps | $(summary "$files/$runs-ours") | $(summary "$files/$runs-sqlite") | $postgres |"
done
