//! Runs on a terminal in memory, under virtual time.

use ratatui_core::{
    backend::{Backend, TestBackend},
    buffer::Buffer,
    terminal::Terminal,
};
use std::time::Duration;
use workflows_runtime::{Executors, prelude::*};
use workflows_tui::{Board, watch};

#[event]
struct Page(u64);

#[event]
struct Text(u64);

/// Fetches pages, of which the first attempt of each fails, and asks what to do with them.
#[workflow(stream = String)]
struct Fetch;

#[workflow]
impl Fetch {
    #[step]
    async fn list(&self, Start(pages): Start<u64>) -> Vec<Page> {
        (1..=pages).map(Page).collect()
    }

    #[step(workers = 2, retry = Retry::fixed(Duration::from_secs(2)).max_attempts(2))]
    async fn fetch(&self, ctx: &Context<Self>, Page(number): Page) -> StepResult<Text> {
        tokio::time::sleep(Duration::from_secs(number)).await;
        if ctx.attempt().number == 1 {
            return Err(StepError::msg(format!("page {number} is\nbusy")));
        }
        ctx.publish(format!("page {number}"));
        Ok(Text(number))
    }

    #[step]
    async fn keep(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>,
        all: Vec<Text>,
    ) -> StepResult<Stop<usize>> {
        if ctx.ask_for::<bool>(format!("keep {}?", all.len())).await { Ok(Stop(all.len())) } else { Err("no".into()) }
    }
}

fn screen(terminal: &Terminal<TestBackend>) -> Vec<String> {
    let buffer = terminal.backend().buffer();
    let width = usize::from(buffer.area.width);
    let cells: Vec<&str> = buffer.content().iter().map(ratatui_core::buffer::Cell::symbol).collect();
    cells.chunks(width).map(|line| line.concat().trim_end().to_owned()).collect()
}

/// Draws `board` on a terminal with room for everything.
fn drawn(board: &Board, width: u16) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, board.height())).unwrap();
    terminal.draw(|frame| board.draw(frame)).unwrap();
    screen(&terminal)
}

#[tokio::test(start_paused = true)]
async fn terminal_shows_steps_prompts_and_events() {
    let run = Fetch.run(2).step_events(true).start();
    let mut terminal = Terminal::new(TestBackend::new(100, 20)).unwrap();
    // Both first attempts have failed, and their delays have not passed.
    let look = watch(&run).draw_on(&mut terminal);
    tokio::time::timeout(Duration::from_millis(2_550), look).await.unwrap_err();
    assert_eq!(
        screen(&terminal)[..7],
        [
            "Fetch  2.5 s, running",
            "step   runs on   queued  running  waiting  retrying     done   failed  retries      p50      p99",
            "list   async          0        0        0         0        1        0        0      0ns      0ns",
            "fetch  async          0        0        0         2        0        0        2        -        -",
            "keep   async          0        0        0         0        0        0        0        -        -",
            "",
            "last events",
        ]
        .map(str::to_owned)
    );
    assert_eq!(screen(&terminal)[7], "    1.0 s  `fetch`, attempt 1, retried after 2s: page 1 is busy");

    let look = watch(&run).draw_on(&mut terminal);
    tokio::time::timeout(Duration::from_secs(10), look).await.unwrap_err();
    let lines = screen(&terminal);
    assert_eq!(
        lines[3],
        "fetch  async          0        0        0         0        2        0        2     1.4s     3.5s"
    );
    assert_eq!(
        lines[4],
        "keep   async          0        0        1         0        0        0        0        -        -"
    );
    assert_eq!(lines[5..8], ["", "open prompts", "1: \"keep 2?\""]);
    assert!(lines.iter().any(|line| line.ends_with("\"page 2\"")), "{lines:#?}");

    run.send(HumanResponse(false)).unwrap();
    watch(&run).draw_on(&mut terminal).await.unwrap();
    assert_eq!(screen(&terminal)[0], "Fetch  0.0 s, step `keep` failed: no");
    assert_eq!(
        screen(&terminal)[4],
        "keep   async          0        0        0         0        0        1        0      0ns      0ns"
    );
}

#[event]
struct Part(u64);

#[event]
struct Done;

/// Has executions in each state at the same time: the step `work` with its number of workers, retries and failures, and
/// `approve`, which waits meanwhile.
#[workflow(stream = String)]
struct Busy;

#[workflow]
impl Busy {
    #[step]
    async fn split(&self, Start(parts): Start<u64>) -> Vec<Part> {
        (1..=parts).map(Part).collect()
    }

    /// Parts 1 to 4 succeed, after their number of seconds. Part 5 succeeds after a retry.
    #[step(workers = 3, retry = Retry::fixed(Duration::from_mins(1)).max_attempts(2))]
    async fn work(&self, ctx: &Context<Self>, Part(number): Part) -> StepResult<Done> {
        tokio::time::sleep(Duration::from_secs(number)).await;
        if number == 5 && ctx.attempt().number == 1 {
            return Err(StepError::msg("refused"));
        }
        Ok(Done)
    }

    #[step]
    async fn approve(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>,
        Start(parts): Start<u64>,
    ) {
        ctx.ask_for::<bool>(format!("work on {parts} parts?")).await;
        ctx.publish("approved".to_owned());
    }

    #[step]
    async fn end(&self, all: Vec<Done>) -> Stop<usize> {
        Stop(all.len())
    }
}

#[tokio::test(start_paused = true)]
async fn each_column_counts_what_its_heading_says() {
    let mut terminal = Terminal::new(TestBackend::new(110, 20)).unwrap();
    let mut table = async |run: &RunHandle<Busy>, millis: u64| {
        let look = watch(run).draw_on(&mut terminal);
        tokio::time::timeout(Duration::from_millis(millis), look).await.unwrap_err();
        screen(&terminal)
    };
    let head = "step     runs on   queued  running  waiting  retrying     done   failed  retries      p50      p99";
    let run = Busy.run(8).step_events(true).start();
    assert_eq!(
        table(&run, 550).await[..5],
        [
            "Busy  0.5 s, running",
            head,
            "split    async          0        0        0         0        1        0        0      0ns      0ns",
            "work     async          5        3        0         0        0        0        0        -        -",
            "approve  async          0        0        1         0        0        0        0        -        -",
        ]
        .map(str::to_owned)
    );
    run.send(HumanResponse(true)).unwrap();
    let lines = table(&run, 550).await;
    assert_eq!(
        lines[4],
        "approve  async          0        0        0         0        1        0        0      0ns      0ns"
    );
    assert!(lines.iter().any(|line| line.ends_with("\"approved\"")), "{lines:#?}");

    // Parts 1 to 4 took 1 to 4 s, part 5 has failed at 2 + 5 s, and 6 to 8 are running.
    let run = Busy.run(8).step_events(true).start();
    let lines = table(&run, 7_550).await;
    assert_eq!(
        lines[3],
        "work     async          0        3        0         1        4        0        1     2.0s     4.0s"
    );
}

#[tokio::test(start_paused = true)]
async fn executors_of_the_run_are_shown_once_they_are_used() {
    let executors = Executors::builder().io_threads(2).cpu_threads(1).build().unwrap();
    let run = Sum.run(3).executors(&executors).step_events(true).start();
    let mut terminal = Terminal::new(TestBackend::new(100, 20)).unwrap();
    watch(&run).draw_on(&mut terminal).await.unwrap();
    let lines = screen(&terminal);
    assert_eq!(
        lines[2],
        "sum   blocking cpu        0        0        0         0        1        0        0      0ns      0ns"
    );
    assert_eq!(lines[4], "executor   running    queued   waiting  abandoned      done  oldest queued");
    assert_eq!(lines[5], "cpu         0 of 1         0         0          0         1              -");
    assert_eq!(lines[6], "", "`io` has had no job");
}

#[workflow]
struct Sum;

#[workflow]
impl Sum {
    #[step]
    #[blocking(cpu)]
    fn sum(&self, Start(n): Start<u64>) -> Stop<u64> {
        Stop((0..=n).sum())
    }
}

#[tokio::test(start_paused = true)]
async fn times_are_percentiles_from_the_first_attempt() {
    let (run, mut events) = Fetch.run(2).step_events(true).start_with_events();
    let started = tokio::time::Instant::now();
    let mut board = Board::new(&Fetch::graph());
    while let Some(event) = events.next().await {
        if let RunEvent::InputRequired { id, .. } = event {
            run.answer(id, true).unwrap();
        }
        board.add(started.elapsed(), &event);
    }
    // Twice the time of a page, and the delay between the attempts.
    let fetch = &board.steps()[1];
    assert_eq!(fetch.percentile(0.5), Some(Duration::from_secs(1 + 2 + 1)));
    assert_eq!(fetch.percentile(0.99), Some(Duration::from_secs(2 + 2 + 2)));
    assert_eq!(board.steps()[2].percentile(0.0), Some(Duration::ZERO));
    assert_eq!((fetch.done, fetch.retries, fetch.running), (2, 2, 0));
    assert_eq!(board.outcome(), Some("completed"));
}

#[tokio::test(start_paused = true)]
async fn lines_show_progress_where_there_is_no_terminal() {
    let run = Fetch.run(2).step_events(true).start();
    let mut output = Vec::new();
    // No event is at a multiple of this period.
    let look = watch(&run).period(Duration::from_millis(700)).print_to(&mut output);
    tokio::time::timeout(Duration::from_millis(8_500), look).await.unwrap_err();
    run.send(HumanResponse(true)).unwrap();
    let mut end = Vec::new();
    watch(&run).print_to(&mut end).await.unwrap();
    let lines = String::from_utf8(output).unwrap();
    // Equal lines are printed once, and no line has codes for a terminal.
    assert_eq!(
        lines,
        "Fetch 0.0 s: list 1 running\n\
         Fetch 0.7 s: list 1 done; fetch 2 running\n\
         Fetch 1.4 s: list 1 done; fetch 1 running, 1 retrying\n\
         Fetch 2.1 s: list 1 done; fetch 2 retrying\n\
         Fetch 3.5 s: list 1 done; fetch 1 running, 1 retrying\n\
         Fetch 4.2 s: list 1 done; fetch 1 running, 1 done\n\
         Fetch 6.3 s: list 1 done; fetch 2 done; keep 1 waiting; 1 open prompt\n"
    );
    let end = String::from_utf8(end).unwrap();
    assert_eq!(end.lines().last(), Some("Fetch 0.0 s: list 1 done; fetch 2 done; keep 1 done; completed"));
}

#[tokio::test(start_paused = true)]
async fn run_without_step_events_names_the_option() {
    let run = Fetch.run(0).start();
    run.send(HumanResponse(true)).unwrap();
    let mut terminal = Terminal::new(TestBackend::new(80, 12)).unwrap();
    watch(&run).draw_on(&mut terminal).await.unwrap();
    assert_eq!(screen(&terminal)[0], "Fetch  0.0 s, completed");
    assert_eq!(screen(&terminal)[1], "no step has reported: start the run with `.step_events(true)`");
}

#[test]
fn executors_have_a_table() {
    let executors = Executors::builder().io_threads(8).cpu_threads(2).pool("embed", 1).build().unwrap();
    let mut board = Board::new(&Fetch::graph());
    board.set_pools(executors.metrics());
    let lines = drawn(&board, 90);
    assert_eq!(lines[6], "executor   running    queued   waiting  abandoned      done  oldest queued");
    assert_eq!(lines[9], "embed       0 of 1         0         0          0         0              -");
}

fn drawn_in(board: &Board, width: u16, height: u16) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| board.draw(frame)).unwrap();
    screen(&terminal)
}

#[test]
fn narrow_terminal_has_less_space_and_then_fewer_columns() {
    let board = Board::new(&Busy::graph());
    let heading = |width| drawn_in(&board, width, 20)[1].trim_end().to_owned();
    let wide = "step     runs on   queued  running  waiting  retrying     done   failed  retries      p50      p99";
    assert_eq!(heading(120), wide);
    let all = "step    runs on queued running waiting retrying done failed retries   p50   p99";
    assert_eq!(heading(80), all);
    assert_eq!(heading(78), "step    queued running waiting retrying done failed retries   p50   p99");
    assert_eq!(heading(64), "step    queued running waiting done failed retries   p50   p99");
    assert_eq!(heading(55), "step    queue  run wait done fail retry   p50   p99");
    assert_eq!(heading(40), "step    queue  run done fail retry   p99");
    assert_eq!(heading(20), "step     run done");
    assert_eq!(drawn_in(&board, 12, 20)[2].trim_end(), "s…    0    0");

    let executors = Executors::builder().io_threads(8).cpu_threads(2).build().unwrap();
    let mut board = Board::new(&Fetch::graph());
    board.set_pools(executors.metrics());
    assert_eq!(drawn_in(&board, 60, 20)[6].trim_end(), "pool  running queue wait left done oldest");
    assert_eq!(drawn_in(&board, 30, 20)[6].trim_end(), "pool  running queue oldest");
}

#[tokio::test(start_paused = true)]
async fn low_terminal_shows_prompts_and_steps_with_work_first() {
    let (run, mut events) = Fetch.run(1).step_events(true).start_with_events();
    let mut board = Board::new(&Fetch::graph());
    while let Some(event) = events.next().await {
        board.add(Duration::ZERO, &event);
        if matches!(event, RunEvent::Idle) {
            break;
        }
    }
    board.set_prompts((1..9).map(|number| format!("{number}: keep?")));

    let lines = drawn_in(&board, 80, 10);
    assert_eq!(lines[2].split_whitespace().next(), Some("keep"), "{lines:#?}");
    assert_eq!(lines[3..8], ["… 2 more steps", "", "open prompts", "1: keep?", "2: keep?"]);
    assert_eq!(lines[8..], ["3: keep?", "… 5 more"]);

    // The last events, not the first ones.
    board.set_prompts([]);
    let lines = drawn_in(&board, 80, 8);
    assert_eq!(lines[5..], ["", "last events", "    0.0 s  prompt 1: \"keep 1?\""]);
    drop(run);
}

#[tokio::test(start_paused = true)]
async fn picture_returns_after_the_program_has_printed() {
    let run = Fetch.run(2).step_events(true).start();
    let mut terminal = Terminal::new(TestBackend::new(100, 20)).unwrap();
    let look = watch(&run).draw_on(&mut terminal);
    tokio::time::timeout(Duration::from_millis(2_550), look).await.unwrap_err();
    let before = screen(&terminal);

    let log = Buffer::with_lines(["x".repeat(100), "y".repeat(100), "z".repeat(100)]);
    terminal
        .backend_mut()
        .draw((0..100).flat_map(|x| (0..3).map(move |y| (x, y))).map(|(x, y)| (x, y, &log[(x, y)])))
        .unwrap();
    assert!(screen(&terminal)[0].starts_with("xxx"));
    let look = watch(&run).draw_on(&mut terminal);
    tokio::time::timeout(Duration::from_millis(1_050), look).await.unwrap_err();
    let after = screen(&terminal);
    assert_eq!(after[5], before[5]);
    assert!(
        after.iter().all(|line| !line.contains("xxx") && !line.contains("yyy") && !line.contains("zzz")),
        "{after:#?}"
    );
}

#[test]
fn small_terminal_cuts_the_board_off() {
    let board = Board::new(&Fetch::graph());
    for (width, height) in [(1, 1), (10, 2), (40, 3), (200, 60)] {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| board.draw(frame)).unwrap();
        assert!(screen(&terminal)[0].starts_with('F'));
    }
}

#[tokio::test(start_paused = true)]
async fn text_cannot_command_the_terminal() {
    let mut board = Board::new(&Fetch::graph());
    let event: RunEvent<Fetch> = RunEvent::Published("a\u{1b}[2Jb\n".repeat(100));
    board.add(Duration::ZERO, &event);
    board.set_prompts(["a\u{1b}[2Jb".to_owned()]);
    let lines = drawn(&board, 300).join("\n");
    assert!(!lines.contains('\u{1b}'), "{lines}");
    assert!(lines.contains('…'), "{lines}");
}
