//! The time to compile a workflow relative to the same program written by hand, and how it grows with
//! the number of steps. In CPU seconds, which other programs on the machine disturb little.
//!
//! An edit costs more if it moves the tokens behind it, because rustc then re-checks what contains both
//! moved and unmoved tokens. So there are three edits: of one digit, of another length, and a new first line.
//!
//! `cargo bench --bench compile`

mod common;

use common::{Row, head, is_quick};
use std::{
    env,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

/// Three times the steps must cost three times as much, with some noise.
const LINEAR: f64 = 1.1;

/// The number of steps for which there are goals.
const JUDGED: u32 = 100;

/// A clean build of one step, compared with the program by hand.
const CLEAN: f64 = 2.5;

/// A change of the program's text.
#[derive(Clone, Copy)]
struct Edit {
    /// The first step adds this.
    added: u64,
    /// Comments before the first line.
    comments: u32,
}

impl Edit {
    /// Other code of the same length.
    fn same_length(round: u32) -> Self {
        Self { added: u64::from(round % 10), comments: 0 }
    }

    /// Other code of another length: the rest of the line and of the file moves.
    fn other_length(round: u32) -> Self {
        Self { added: 10_u64.pow(1 + round), comments: 0 }
    }

    /// A new first line: the whole file moves.
    fn line_above(round: u32) -> Self {
        Self { added: 0, comments: round }
    }
}

/// A package of one program, and nothing but what that needs.
struct Package {
    dir: PathBuf,
    program: fn(steps: u32, added: u64) -> String,
    steps: u32,
}

impl Package {
    fn new(name: &str, program: fn(u32, u64) -> String, steps: u32, dependency: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("compile/{name}_{steps}"));
        fs::create_dir_all(dir.join("src")).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}_{steps}\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
             tokio = {{ version = \"1\", default-features = false, features = [\"rt\"] }}\n{dependency}\n"
        );
        fs::write(dir.join("Cargo.toml"), manifest).unwrap();
        fs::copy(root.join("Cargo.lock"), dir.join("Cargo.lock")).unwrap();
        let package = Self { dir, program, steps };
        package.change(Edit::same_length(0));
        package
    }

    fn ours(steps: u32) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows-runtime");
        Self::new("ours", ours, steps, &format!("workflows-runtime = {{ path = '{}' }}", root.display()))
    }

    fn baseline(steps: u32) -> Self {
        let serde = "serde = { version = \"1\", default-features = false, features = [\"std\", \"derive\"] }";
        Self::new("baseline", baseline, steps, serde)
    }

    fn change(&self, edit: Edit) {
        let mut code = "// A comment.\n".repeat(edit.comments as usize);
        code += &(self.program)(self.steps, edit.added);
        fs::write(self.dir.join("src/main.rs"), code).unwrap();
    }

    /// The time of cargo and its child processes, in seconds.
    fn cargo(&self, command: &str, target: &Path) -> f64 {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args([command, "--offline", "--quiet"]).current_dir(&self.dir).env_remove("RUSTFLAGS");
        cargo.env("CARGO_TARGET_DIR", target).env("CARGO_INCREMENTAL", "1");
        let begun = Begun::now();
        let output = cargo.output().unwrap();
        let took = begun.elapsed();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        took
    }

    /// With everything that it depends on.
    fn clean_build(&self) -> f64 {
        let target = self.dir.join("target");
        // There is none the first time.
        let _ = fs::remove_dir_all(&target);
        self.cargo("build", &target)
    }

    /// Compiles the program alone after an edit, without the results of earlier builds if `new`.
    fn again(&self, command: &str, edit: Edit, new: bool) -> f64 {
        let target = self.dir.with_file_name("target");
        if new {
            // There is none the first time.
            let _ = fs::remove_dir_all(target.join("debug/incremental"));
        }
        self.change(edit);
        self.cargo(command, &target)
    }
}

/// When something has begun.
struct Begun {
    wall: Instant,
    of_children: Option<f64>,
}

impl Begun {
    fn now() -> Self {
        Self { wall: Instant::now(), of_children: of_children() }
    }

    /// The time that ended processes have had of the cores since then, where that is known; else the
    /// wall's.
    fn elapsed(&self) -> f64 {
        let (before, now) = (self.of_children, of_children());
        before.zip(now).map_or_else(|| self.wall.elapsed().as_secs_f64(), |(before, now)| now - before)
    }
}

/// The time that ended processes have had of the cores so far, and those that they have started, in
/// seconds; Linux only.
fn of_children() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // After the program's name, which may have anything in it.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(13).map(str::parse::<u32>);
    let (user, system) = (fields.next()?.ok()?, fields.next()?.ok()?);
    Some(f64::from(user + system) / 100.0)
}

/// The events of a line of steps, with the derived implementations.
fn events(code: &mut String, steps: u32, attribute: &str) {
    for step in 0..steps {
        writeln!(code, "{attribute}\nstruct Event{step}(u64);").unwrap();
    }
}

/// Runs the program, so all of it is built.
fn main_of(run: &str) -> String {
    format!(
        "\nfn main() {{\n    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();\n    \
         println!(\"{{}}\", runtime.block_on(async {{ {run} }}));\n}}\n"
    )
}

/// So many steps in a row, every fifth of which may also go back by one.
fn ours(steps: u32, added: u64) -> String {
    let mut code = String::from("use workflows_runtime::prelude::*;\n\n#[workflow]\nstruct Large;\n\n");
    events(&mut code, steps, "#[event]");
    code.push_str("\n#[workflow]\nimpl Large {\n    #[step]\n");
    writeln!(code, "    async fn begin(&self, Start(n): Start<u64>) -> Event0 {{ Event0(n + {added}) }}").unwrap();
    for step in 1..steps {
        let before = step - 1;
        let (output, emit) = if step.is_multiple_of(5) {
            (format!("OneOf<Event{step}, Event{before}>"), ".emit()")
        } else {
            (format!("Event{step}"), "")
        };
        writeln!(
            code,
            "    #[step]\n    async fn step{step}(&self, Event{before}(n): Event{before}) -> {output} {{ \
             Event{step}(n + 1){emit} }}"
        )
        .unwrap();
    }
    let last = steps - 1;
    writeln!(code, "    #[step]\n    async fn end(&self, Event{last}(n): Event{last}) -> Stop<u64> {{ Stop(n) }}\n}}")
        .unwrap();
    code + &main_of("Large.run(0).await.unwrap()")
}

/// The same as an enum of its events and a loop over it.
fn baseline(steps: u32, added: u64) -> String {
    const DERIVED: &str = "#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]";
    let mut code = String::new();
    events(&mut code, steps, DERIVED);
    let (mut members, mut functions, mut arms) = (String::new(), String::new(), String::new());
    for step in 0..steps {
        writeln!(members, "    Event{step}(Event{step}),").unwrap();
        let next = if step + 1 == steps {
            "Event::Stop(n)".to_owned()
        } else {
            format!("Event::Event{0}(Event{0}(n + 1))", step + 1)
        };
        writeln!(functions, "async fn step{step}(Event{step}(n): Event{step}) -> Event {{ {next} }}").unwrap();
        writeln!(arms, "            Event::Event{step}(event) => step{step}(event).await,").unwrap();
    }
    write!(
        code,
        "\n{DERIVED}\nenum Event {{\n    Start(u64),\n{members}    Stop(u64),\n}}\n\n\
         async fn begin(n: u64) -> Event {{ Event::Event0(Event0(n + {added})) }}\n{functions}\n\
         async fn run(n: u64) -> u64 {{\n    let mut event = Event::Start(n);\n    loop {{\n        \
         event = match event {{\n            Event::Start(n) => begin(n).await,\n{arms}            \
         Event::Stop(n) => return n,\n        }};\n    }}\n}}\n"
    )
    .unwrap();
    code + &main_of("run(0).await")
}

/// One measurement of a program: a command of cargo, after an edit, and the goal.
struct Case {
    what: &'static str,
    command: &'static str,
    new: bool,
    edit: fn(u32) -> Edit,
    at_most: f64,
}

#[rustfmt::skip]
const CASES: [Case; 5] = [
    Case { what: "checked", command: "check", new: true, edit: Edit::same_length, at_most: 2.0 },
    Case { what: "checked after an edit", command: "check", new: false, edit: Edit::same_length, at_most: 2.5 },
    Case { what: "checked after one that moves tokens", command: "check", new: false, edit: Edit::other_length, at_most: 2.5 },
    Case { what: "checked after a new first line", command: "check", new: false, edit: Edit::line_above, at_most: 2.5 },
    Case { what: "built after an edit", command: "build", new: false, edit: Edit::same_length, at_most: 4.0 },
];

fn main() {
    head("compile time");
    let rounds = if is_quick() { 3 } else { 5 };
    let sizes: &[u32] = if is_quick() { &[10, JUDGED] } else { &[10, JUDGED, 300] };

    let (hello, hello_baseline) = (Package::ours(1), Package::baseline(1));
    let mut clean = Row::new("one step, clean build", CLEAN);
    for _ in 0..rounds.min(3) {
        clean.round(hello_baseline.clean_build(), hello.clean_build());
    }
    clean.print("s");

    let mut growing = Vec::new();
    for &steps in sizes {
        let (ours, baseline) = (Package::ours(steps), Package::baseline(steps));
        let mut checks = Vec::new();
        for Case { what, command, new, edit, at_most } in CASES {
            let name = format!("{steps} steps, {what}");
            let mut row = if steps == JUDGED { Row::new(name, at_most) } else { Row::without_target(name) };
            // The first build includes the dependencies.
            for package in [&baseline, &ours] {
                package.again(command, edit(0), new);
            }
            for round in 1..=rounds {
                let took = ours.again(command, edit(round), new);
                row.round(baseline.again(command, edit(round), new), took);
                if new {
                    checks.push(took);
                }
            }
            row.print("s");
        }
        growing.push((steps, checks));
    }
    for pair in growing.windows(2) {
        let [(few, fast), (many, slow)] = pair else { unreachable!("windows of two") };
        let times = f64::from(*many) / f64::from(*few);
        let mut row = Row::new(format!("{many} steps by {few}, checked"), times * LINEAR);
        for (fast, slow) in fast.iter().zip(slow) {
            row.round(*fast, *slow);
        }
        row.print("s");
    }
}
