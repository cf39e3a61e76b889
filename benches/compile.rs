//! What compiling a workflow costs beside the same program written by hand, and how that grows with
//! the number of steps: in seconds of a core, which other programs disturb little.
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

/// Three times the steps are to cost three times as much, but for noise.
const LINEAR: f64 = 1.1;

/// A package of one program, and nothing but what that needs.
struct Package {
    dir: PathBuf,
    program: fn(steps: u32, added: u32) -> String,
    steps: u32,
}

impl Package {
    fn new(name: &str, program: fn(u32, u32) -> String, steps: u32, dependency: &str) -> Self {
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
        package.change(0);
        package
    }

    fn ours(steps: u32) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows-runtime");
        Self::new("ours", ours, steps, &format!("workflows-runtime = {{ path = '{}' }}", root.display()))
    }

    fn by_hand(steps: u32) -> Self {
        let serde = "serde = { version = \"1\", default-features = false, features = [\"std\", \"derive\"] }";
        Self::new("by_hand", by_hand, steps, serde)
    }

    /// Has the body of one step add something else.
    fn change(&self, added: u32) {
        fs::write(self.dir.join("src/main.rs"), (self.program)(self.steps, added)).unwrap();
    }

    /// How long cargo and what it starts take, in seconds.
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

    /// Nothing but itself, after a change; knowing nothing of what it was before if it is `new`.
    fn again(&self, command: &str, round: u32, new: bool) -> f64 {
        let target = self.dir.with_file_name("target");
        if new {
            // There is none the first time.
            let _ = fs::remove_dir_all(target.join("debug/incremental"));
        }
        self.change(round);
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

/// The events of a line of steps, with what is derived for each.
fn events(code: &mut String, steps: u32, attribute: &str) {
    for step in 0..steps {
        writeln!(code, "{attribute}\nstruct Event{step}(u64);").unwrap();
    }
}

/// Runs it, so that all of it is built.
fn main_of(run: &str) -> String {
    format!(
        "\nfn main() {{\n    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();\n    \
         println!(\"{{}}\", runtime.block_on(async {{ {run} }}));\n}}\n"
    )
}

/// So many steps in a row, every fifth of which may also go back by one.
fn ours(steps: u32, added: u32) -> String {
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
fn by_hand(steps: u32, added: u32) -> String {
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

fn main() {
    head("by hand as the limit");
    let rounds = if is_quick() { 1 } else { 3 };
    let sizes = if is_quick() { [10, 30, 90] } else { [10, 100, 300] };

    let (hello, hello_by_hand) = (Package::ours(1), Package::by_hand(1));
    let mut clean = Row::told("one step, built with all it depends on");
    for _ in 0..rounds {
        clean.round(hello_by_hand.clean_build(), hello.clean_build());
    }
    clean.print("s");

    let mut growing = Vec::new();
    for steps in sizes {
        let (ours, by_hand) = (Package::ours(steps), Package::by_hand(steps));
        let mut checks = Vec::new();
        for (what, command, new) in [
            ("checked", "check", true),
            ("checked after a change of one", "check", false),
            ("built after a change of one", "build", false),
        ] {
            let mut row = Row::told(format!("{steps} steps, {what}"));
            // The first time, what it depends on is built too.
            for package in [&by_hand, &ours] {
                package.again(command, 0, new);
            }
            for round in 1..=rounds {
                let took = ours.again(command, round, new);
                row.round(by_hand.again(command, round, new), took);
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
