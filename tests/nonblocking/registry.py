#!/usr/bin/env python3
"""Puts `#[nonblocking]` on every async function of crates from the registry, and compiles them.

Nothing may break, and each refused call must really block. It prints them for a review.
Not part of CI, since it downloads: `tests/nonblocking/registry.py [name@version[:feature,..]] ..`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "registry"
CRATES = [
    "async-nats@0.42.0",
    "kube-client@1.1.0",
    "object_store@0.12.3:fs",
    "octocrab@0.44.1",
    "pueue@4.0.0",
    "redis@0.32.4:tokio-comp,cluster-async,sentinel",
    "sqlx-core@0.8.6:_rt-tokio,any,migrate",
    "tokio-postgres@0.7.13",
]
ATTRIBUTE = "#[::workflows_runtime::nonblocking] "
HEAD = re.compile(r"^(?P<indent>[ \t]*)(?P<fn>(?:pub(?:\([^)]*\))? +)?async +(?:unsafe +)?fn +\w+)", re.M)


def has_body(text, at):
    """Whether a block comes before a semicolon, outside of brackets."""
    depth = 0
    for c in text[at:]:
        if c in "([":
            depth += 1
        elif c in ")]":
            depth -= 1
        elif depth == 0 and c in ";{":
            return c == "{"
    return False


def mark(directory):
    count = 0
    for path in directory.rglob("*.rs"):
        text = path.read_text()

        def insert(found):
            nonlocal count
            if not has_body(text, found.end()):
                return found[0]
            count += 1
            return found["indent"] + ATTRIBUTE + found["fn"]

        path.write_text(HEAD.sub(insert, text))
    return count


def fetch(crates):
    """The sources of the crates, copied from cargo's download directory."""
    manifest = WORK / "fetch"
    (manifest / "src").mkdir(parents=True, exist_ok=True)
    (manifest / "src/lib.rs").write_text("")
    lines = ["[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n"]
    for name, version, features in crates:
        lines.append(f"{name} = {{ version = \"={version}\", features = {json.dumps(features)} }}\n")
    (manifest / "Cargo.toml").write_text("".join(lines))
    subprocess.run(["cargo", "fetch"], cwd=manifest, check=True)
    metadata = subprocess.run(["cargo", "metadata", "--format-version=1"], cwd=manifest, check=True, capture_output=True)
    packages = json.loads(metadata.stdout)["packages"]
    for name, version, _ in crates:
        package = next(p for p in packages if p["name"] == name and p["version"] == version)
        target = WORK / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(Path(package["manifest_path"]).parent, target)
        toml = target / "Cargo.toml"
        toml.write_text(toml.read_text() + f"\n[dependencies.workflows-runtime]\npath = \"{ROOT}/workflows-runtime\"\n[workspace]\n")
        lock = target / "Cargo.lock"
        shutil.copy(manifest / "Cargo.lock", lock)


def check(name, features):
    command = ["cargo", "check", "--message-format=json", "--features", ",".join(features)]
    environment = {**os.environ, "CARGO_TARGET_DIR": str(WORK / "target")}
    output = subprocess.run(command, cwd=WORK / name, env=environment, capture_output=True, text=True)
    found = set()
    for line in output.stdout.splitlines():
        message = json.loads(line).get("message") if line.startswith("{") else None
        if message and message["level"] in ("error", "warning") and message["spans"]:
            span = next(span for span in message["spans"] if span["is_primary"])
            if not span["file_name"].startswith("/"):
                found.add((message["level"], span["file_name"], span["line_start"], message["message"]))
    if output.returncode and not found:
        print(output.stderr[-2000:])
    return found


def main():
    crates = []
    for crate in sys.argv[1:] or CRATES:
        name, _, rest = crate.partition("@")
        version, _, features = rest.partition(":")
        crates.append((name, version, [feature for feature in features.split(",") if feature]))
    fetch(crates)
    total = refused = broken = 0
    for name, version, features in crates:
        before = check(name, features)
        count = mark(WORK / name / "src")
        new = sorted(check(name, features) - before)
        refusals = [found for found in new if found[3].startswith("W013")]
        print(f"{name} {version}: {count} async functions, {len(refusals)} refusals, {len(new) - len(refusals)} others")
        for level, file, line, text in new:
            source = (WORK / name / file).read_text().splitlines()[line - 1].strip()
            print(f"  {level}: {file}:{line}: {text.splitlines()[0]}\n      {source}")
        total, refused, broken = total + count, refused + len(refusals), broken + len(new) - len(refusals)
    print(f"{len(crates)} crates, {total} async functions: {refused} calls refused, {broken} other errors or warnings")


if __name__ == "__main__":
    main()
