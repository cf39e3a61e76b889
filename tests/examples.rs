//! Every example, run as a user would run it.

use std::{
    env::consts::EXE_EXTENSION,
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{self, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

/// The name, argument, input and output of each example with a fixed output.
const EXAMPLES: &[(&str, Option<&str>, &str, &str)] = &[
    ("hello", None, "", "hello, world\n"),
    ("hello", Some("you"), "", "hello, you\n"),
    (
        "loop",
        None,
        "",
        "0 to 100: is it 50?\n0 to 49: is it 24?\n25 to 49: is it 37?\n38 to 49: is it 43?\n38 to 42: is it 40?\n\
         41 to 42: is it 41?\n42 to 42: is it 42?\nit is 42, found in 7 tries\n",
    ),
    (
        "trace",
        None,
        "",
        "list: 1 executions, 0 retried, 0 failed\nfetch: 8 executions, 2 retried, 0 failed\n\
         sum_up: 8 executions, 0 retried, 0 failed\nmerge: 1 executions, 0 retried, 0 failed\n\
         approve: 1 executions, 0 retried, 0 failed\n",
    ),
    ("branch", None, "", "20: paid at once\n2000: goes to a review\n"),
    ("join", None, "", "take OS-7 to the Grand Oslo, and a coat\n"),
    ("first_of", None, "", "close, else near\n"),
    ("streaming", None, "", "1 of 3\n2 of 3\n3 of 3\nthat was all\n3 eggs\n"),
    ("custom_types", None, "", "Due { cents: 1215, text: \"3 x tea\" }\nFree\n"),
    ("state", None, "", "2 sold, 770 cents in the till: tea, cake\nstep `sell` failed: the till is full\n"),
    ("client", None, "", "large on large on outline tea\n"),
    ("resources", None, "", "opening The Corner\n4 EUR\n6 EUR\n"),
    ("blocking_http", None, "", "the server says: hello, slow\nthe ticker never missed a beat\n"),
    ("blocking_json", None, "", "50000 of 100000 records are even\n"),
    ("blocking_cpu", None, "", "12 pieces, 86 letters\nnever more than 2 at once\n"),
    (
        "blocking_process",
        None,
        "",
        "`square` exceeded 300ms, and its process was killed\n1²=1 2²=4 3²=9 4²=16 5²=25 6²=36 8²=64\n",
    ),
    ("ask", None, "yes\n", "delete 3 files?\ndeleted\n"),
    (
        "retry",
        None,
        "",
        "/news, attempt 1\nfailed, again in 20ms\n/news, attempt 2\nfailed, again in 40ms\n/news, attempt 3\n\
         the page at /news\n/secret, attempt 1\nstep `fetch` failed: not for you\n",
    ),
    (
        "catch_error",
        None,
        "",
        "Oslo: -3\nRome: 20 from above, since there is no station\n\
         no forecast: Bergen is under clouds (satellite, attempts: 1)\n",
    ),
    (
        "child",
        None,
        "",
        "translated: god\ntranslated: morgen\ngod morgen\n\
         translated: god\ngood evening (as it was: `evening` is in no dictionary)\n\
         translated: god\ncancelled\nthe child has let go of its connection\n",
    ),
    ("ask", None, "maybe\nno\n", "delete 3 files?\n`maybe` is neither yes nor no; delete them?\nkept\n"),
];

/// The examples that have their own tests.
const OTHERS: &[&str] =
    &["logging", "fan_out", "below", "blocking", "digest", "approval", "order", "pause", "telemetry", "web"];

#[test]
fn examples_print_the_expected_output() {
    for (name, argument, input, expected) in EXAMPLES {
        let ran = run(name, argument.map(Path::new).as_slice(), input);
        assert_eq!(ran.stdout, *expected, "what `{name}` prints");
        assert!(ran.status.success(), "`{name}` ends with {}: {}", ran.status, ran.stderr);
    }
}

#[test]
fn logging_prints_one_line_for_each_step() {
    let ran = run("logging", &[], "");
    // Times differ, and on a busy machine a poll may take long.
    let lines = ran.stdout.lines().filter(|line| !line.contains("a step blocks the async executor"));
    let lines: Vec<_> = lines.map(|line| line.split(" took=").next().unwrap_or_default()).collect();
    let first = "run{workflow=\"Count\" run=first otel.name=run Count}";
    let second = "run{workflow=\"Count\" run=second otel.name=run Count}";
    let fetch = ":step{step=\"fetch\" execution=1 otel.name=\"fetch\"}: ";
    let count = ":step{step=\"count\" execution=2 otel.name=\"count\"}: ";
    let retried = "step failed and will be retried error=connection reset delay=10ms";
    assert_eq!(
        lines,
        [
            format!(" INFO {first}: run started"),
            format!(" INFO {first}{fetch}sent a request path=/news"),
            format!(" WARN {first}{fetch}{retried}"),
            format!(" INFO {first}{fetch}sent a request path=/news"),
            format!(" INFO {first}{fetch}step done attempts=2"),
            format!(" INFO {first}{count}step done attempts=1"),
            format!(" INFO {first}: run completed"),
            "4 words".to_owned(),
            format!(" INFO {second}: run started"),
            format!(" INFO {second}{fetch}sent a request path=/the latest news"),
            format!(" WARN {second}{fetch}{retried}"),
            format!(" INFO {second}{fetch}sent a request path=/the latest news"),
            format!(" INFO {second}{fetch}step done attempts=2"),
            format!("ERROR {second}{count}step failed error=6 words, not 4 attempts=1"),
            format!("ERROR {second}: run failed error=step `count` failed: 6 words, not 4"),
            "step `count` failed: 6 words, not 4".to_owned(),
        ]
    );
}

#[test]
fn fan_out_gathers_in_branch_order() {
    let ran = run("fan_out", &[], "");
    let out = ran.stdout;
    let mut lines: Vec<_> = out.lines().collect();
    assert_eq!(lines.pop(), Some("wonderful 9, things 6, need 4, a 1, while 5"));
    lines.sort_unstable();
    assert_eq!(lines, ["measured a", "measured need", "measured things", "measured while", "measured wonderful"]);
}

#[test]
fn ask_without_an_answer_is_cancelled() {
    let ran = run("ask", &[], "");
    assert_eq!(ran.stdout, "delete 3 files?\n");
    assert!(!ran.status.success() && ran.stderr.contains("cancelled"), "{}", ran.stderr);
}

#[test]
fn approval_accepts_responses_in_any_order() {
    let asked = "1: train for 80 EUR?\n2: hotel for 240 EUR?\n3: champagne for 900 EUR?\n";
    let ran = run("approval", &[], "3 no\n1 perhaps\n1 yes\n2 yes\n");
    assert_eq!(ran.stdout, format!("{asked}320 EUR are paid\n"));
    assert_eq!(ran.stderr, "`1 perhaps` is not like `2 yes` or `2 no`\n");
    assert!(ran.status.success());

    let ran = run("approval", &[], "2 yes\n");
    assert_eq!(ran.stdout, asked, "all prompts are published first");
    assert!(
        !ran.status.success() && ran.stderr.contains("`approve` waits for a response that can no longer be sent"),
        "{}",
        ran.stderr
    );
}

#[test]
fn pause_resumes_in_another_process() {
    let folder = Folder::new("pause");
    let file = folder.path("letter.json");
    let ran = run("pause", &["begin".as_ref(), &file], "");
    assert_eq!(ran.stdout, "writing to Ann\nsend `Dear Ann, all is well.`?\n");
    assert!(ran.status.success(), "{}", ran.stderr);

    // Completed steps do not run again, and a snapshot may be resumed more than once.
    for (answer, end) in [("yes", "sent: Dear Ann, all is well."), ("no", "thrown away")] {
        let ran = run("pause", &["resume".as_ref(), &file, answer.as_ref()], "");
        assert_eq!(ran.stdout, format!("letter-7: {end}\n"));
        assert!(ran.status.success(), "{}", ran.stderr);
    }

    let text = fs::read_to_string(&file).expect("the file");
    folder.write("other.json", text.replace("\"write\"", "\"dictate\"").as_bytes());
    let ran = run("pause", &["resume".as_ref(), &folder.path("other.json"), "yes".as_ref()], "");
    assert!(!ran.status.success() && ran.stderr.contains("another graph of `Post`"), "{}", ran.stderr);
    let ran = run("pause", &["resume".as_ref(), &folder.path("none.json"), "yes".as_ref()], "");
    assert!(!ran.status.success() && ran.stdout.is_empty(), "{}", ran.stderr);
}

#[test]
fn order_continues_after_a_kill() {
    let folder = Folder::new("order");
    let file = folder.path("orders.db");
    let mut child =
        command("order").args([file.as_path(), "lost".as_ref(), "2000".as_ref()]).spawn().expect("it starts");
    let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let printed: Vec<String> = stdout.lines().map_while(Result::ok).take(2).collect();
    assert_eq!(printed, ["reserving teapot", "charging 30 EUR, with the key order-7/charge"]);
    child.kill().expect("it is killed");
    let _ = child.wait();

    let arguments = [file.as_path(), "lost".as_ref(), "1".as_ref()];
    let ran = run("order", &arguments, "");
    let mut lines: Vec<&str> = ran.stdout.lines().collect();
    // The step that was killed begins again at once.
    lines.sort_unstable();
    let mut expected = [
        "continuing order-7",
        "charging 30 EUR, with the key order-7/charge",
        "shipping teapot",
        "refunding 30 EUR, with the key order-7/refund",
        "returning teapot to the shelf",
        "teapot was refunded",
    ];
    expected.sort_unstable();
    assert_eq!(lines, expected, "{}", ran.stderr);
    let ran = run("order", &arguments, "");
    assert_eq!(ran.stdout, "order-7 has ended before, or another process executes it\n\"teapot was refunded\"\n");
}

#[test]
fn blocking_computes_on_the_pool() {
    let folder = Folder::new("blocking");
    folder.write("abc.txt", b"abc");
    let ran = run("blocking", &[&folder.path("abc.txt")], "");
    assert_eq!(ran.stdout, "3 bytes, checksum 00018823, on wf-cpu-0\n");
    let ran = run("blocking", &[&folder.path("missing.txt")], "");
    assert!(!ran.status.success() && ran.stderr.contains("No such file"), "{}", ran.stderr);
}

#[test]
fn every_example_has_a_test() {
    for file in fs::read_dir(examples()).expect("the examples") {
        let path = file.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
        let tested = OTHERS.contains(&name) || EXAMPLES.iter().any(|(tested, ..)| *tested == name);
        assert!(tested, "`{}` has no test in tests/examples.rs", path.display());
    }
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

struct Ran {
    status: ExitStatus,
    stdout: String,
    stderr: String,
}

/// No example takes a second; one that hangs must fail its test.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// The command of an example, with pipes.
fn command(name: &str) -> Command {
    // This test is in `target/<profile>/deps`.
    let here = std::env::current_exe().expect("the path of this test");
    let profile = here.parent().and_then(Path::parent).expect("a folder above `deps`");
    let program = profile.join("examples").join(name).with_extension(EXE_EXTENSION);
    let source = examples().join(name).with_extension("rs");
    let changed = |path: &Path| fs::metadata(path).and_then(|found| found.modified()).ok();
    assert!(
        changed(&program) >= changed(&source),
        "{} is missing or older than its source: `cargo test` builds it, `cargo test --test examples` does not, \
         so `cargo build --examples` first",
        program.display()
    );
    let mut command = Command::new(program);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(name: &str, arguments: &[&Path], input: &str) -> Ran {
    let mut child = command(name).args(arguments).spawn().expect("the example starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // An example that does not read its input may have ended already.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let stdout = read(child.stdout.take().expect("a pipe"));
    let stderr = read(child.stderr.take().expect("a pipe"));
    let Ok(stdout) = stdout.recv_timeout(TIME_LIMIT) else {
        child.kill().expect("it can be ended");
        panic!("`{name}` still runs after {TIME_LIMIT:?}");
    };
    let stderr = stderr.recv().expect("the reader ends as the example does");
    Ran { status: child.wait().expect("the example ends"), stdout, stderr }
}

/// Reads to the end on another thread, so the example does not block on a full pipe.
fn read(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut text = Vec::new();
        pipe.read_to_end(&mut text).expect("a pipe can be read");
        // The receiver is gone if the test has failed.
        let _ = sender.send(String::from_utf8_lossy(&text).into_owned());
    });
    receiver
}

/// A temporary folder of one test, removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("workflows-examples-{}-{name}", process::id()));
        fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, content: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("the folder")).expect("a folder in it");
        fs::write(path, content).expect("a file in it");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that cannot be removed is harmless.
        let _ = fs::remove_dir_all(&self.0);
    }
}
