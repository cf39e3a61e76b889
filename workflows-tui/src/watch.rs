//! `watch`: from the events of a run to a terminal.

use crate::{board::Board, lines};
use core::fmt;
use ratatui_core::{
    backend::{Backend, ClearType},
    buffer::Cell,
    layout::{Position, Rect},
    style::Modifier,
    terminal::{Terminal, TerminalOptions, Viewport},
};
use ratatui_crossterm::CrosstermBackend;
use std::{
    fmt::Debug,
    io::{self, IsTerminal, Write},
    pin::Pin,
    time::Duration,
};
use tokio::time::{Instant, MissedTickBehavior, interval};
use workflows_runtime::{EventStream, Executors, PoolMetrics, RunHandle, Workflow};

/// How often the picture is drawn as a whole. The program may print while it is shown, and the user press keys: the
/// terminal is then no longer what was drawn last.
const REPAINT: Duration = Duration::from_secs(1);

/// Shows a run until it ends. The run must be started with
/// [`step_events(true)`](workflows_runtime::Run::step_events) for counts of its steps.
///
/// Await the [`Watch`]. It draws at the bottom of the standard error if that is a terminal, and prints lines of progress
/// otherwise. It neither drives the run nor takes its result: dropping the future affects neither, and `run.await` returns
/// the result.
///
/// What the program prints meanwhile, such as a log, scrolls the picture, which is drawn again within a second. No keys are
/// read: Ctrl-C ends the program as always, and the program may read answers to prompts from the standard input.
///
/// # Errors
///
/// Awaiting it returns an error if the standard error cannot be written.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[workflow] struct Double;
/// # #[workflow]
/// # impl Double {
/// #     #[step]
/// #     async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
/// #         Stop(n * 2)
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let run = Double.run(21).step_events(true).start();
/// workflows_tui::watch(&run).await?;
/// assert_eq!(run.await?, 42);
/// # Ok(())
/// # }
/// ```
pub fn watch<W>(run: &RunHandle<W>) -> Watch<'_, W>
where
    W: Workflow<Stream: Debug, Prompt: Debug>,
{
    Watch { run, events: run.events(), executors: None, period: None }
}

/// A run that is shown. Returned by [`watch`].
#[must_use = "nothing is shown until it is awaited"]
pub struct Watch<'a, W: Workflow> {
    run: &'a RunHandle<W>,
    events: EventStream<W>,
    executors: Option<Executors>,
    period: Option<Duration>,
}

impl<W: Workflow> Debug for Watch<'_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("run", self.run.id()).field("period", &self.period).finish_non_exhaustive()
    }
}

impl<W> Watch<'_, W>
where
    W: Workflow<Stream: Debug, Prompt: Debug>,
{
    /// Shows these executors. Default: those executors of the run that have had a job, which are [the default
    /// ones](Executors::set_default) if the run has none of its own.
    pub fn executors(mut self, executors: &Executors) -> Self {
        self.executors = Some(executors.clone());
        self
    }

    /// Sets how often the terminal is drawn, or a line is printed. Default: ten times a second, and once a second.
    pub fn period(mut self, period: Duration) -> Self {
        self.period = Some(period);
        self
    }

    /// Draws on a terminal of `ratatui` until the run ends.
    ///
    /// # Errors
    ///
    /// Returns an error if the terminal cannot be drawn.
    pub async fn draw_on<B: Backend>(self, terminal: &mut Terminal<B>) -> Result<(), B::Error> {
        let period = self.period.unwrap_or(Duration::from_millis(100));
        let mut painter = Painter { painted: Instant::now() };
        self.follow(period, |board| painter.paint(terminal, board)).await
    }

    /// Draws at the bottom of the terminal that is the standard error.
    async fn draw_at_bottom(self, mut bottom: Bottom) -> io::Result<()> {
        let period = self.period.unwrap_or(Duration::from_millis(100));
        let mut painter = Painter { painted: Instant::now() };
        self.follow(period, |board| {
            bottom.follow_size()?;
            painter.paint(&mut bottom.terminal, board)
        })
        .await
    }

    /// Prints lines of progress until the run ends, each only if it differs from the last one.
    ///
    /// # Errors
    ///
    /// Returns an error if a line cannot be written.
    pub async fn print_to(self, output: &mut (impl Write + Send)) -> io::Result<()> {
        let period = self.period.unwrap_or(Duration::from_secs(1));
        let mut last = String::new();
        self.follow(period, |board| {
            let line = lines::summary(board);
            let (_, counts) = line.split_once(':').unwrap_or_default();
            if counts != last {
                writeln!(output, "{line}")?;
                counts.clone_into(&mut last);
            }
            Ok(())
        })
        .await
    }

    async fn follow<E>(self, period: Duration, mut show: impl FnMut(&Board) -> Result<(), E>) -> Result<(), E> {
        let Self { run, mut events, executors, .. } = self;
        let started = Instant::now();
        let mut board = Board::new(&W::graph());
        let mut ticks = interval(period.max(Duration::from_millis(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The run replies late while a step blocks the executor. Meanwhile the board shows its last reply.
        let mut loads = None;
        loop {
            let mut has_ended = false;
            tokio::select! {
                // A tick first: a run with many events is drawn as well.
                biased;
                _ = ticks.tick() => if loads.is_none() {
                    loads = Some(Box::pin(run.step_loads()));
                    continue;
                },
                reply = async { loads.as_mut().expect("requested").await }, if loads.is_some() => {
                    board.set_loads(&reply);
                    loads = None;
                }
                event = events.next() => {
                    if let Some(event) = event {
                        board.add(started.elapsed(), &event);
                        continue;
                    }
                    board.set_loads(&run.step_loads().await);
                    has_ended = true;
                }
            }
            board.set_elapsed(started.elapsed());
            let open = run.open_prompts();
            board.set_prompts(open.into_iter().map(|open| format!("{}: {:?}", open.id, open.prompt)));
            board.set_pools(pools(executors.as_ref(), run));
            show(&board)?;
            if has_ended {
                return Ok(());
            }
        }
    }
}

struct Painter {
    /// When the whole picture was drawn last.
    painted: Instant,
}

impl Painter {
    fn paint<B: Backend>(&mut self, terminal: &mut Terminal<B>, board: &Board) -> Result<(), B::Error> {
        // The picture of a run that has ended stays.
        if self.painted.elapsed() >= REPAINT || board.outcome().is_some() {
            self.painted = Instant::now();
            // The last picture from now on: each cell differs from what is drawn.
            let mut other = Cell::new("x");
            other.modifier = Modifier::HIDDEN | Modifier::SLOW_BLINK;
            terminal.current_buffer_mut().content.fill(other);
            terminal.swap_buffers();
        }
        terminal.draw(|frame| {
            board.draw(frame);
            // A visible cursor below the picture: nothing is left to restore if the program is interrupted.
            let area = frame.area();
            frame.set_cursor_position(Position::new(area.x, area.bottom().saturating_sub(1)));
        })?;
        Ok(())
    }
}

/// The executors to show.
fn pools<W: Workflow>(given: Option<&Executors>, run: &RunHandle<W>) -> Vec<PoolMetrics> {
    if let Some(executors) = given {
        return executors.metrics();
    }
    let mut pools = run.executors().map(|executors| executors.metrics()).unwrap_or_default();
    pools.retain(|pool| pool.completed > 0 || pool.running > 0 || pool.queued > 0);
    pools
}

impl<'a, W> IntoFuture for Watch<'a, W>
where
    W: Workflow<Stream: Debug, Prompt: Debug>,
{
    type Output = io::Result<()>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            if io::stderr().is_terminal()
                && let Ok(bottom) = Bottom::below(&Board::new(&W::graph()), &self)
            {
                self.draw_at_bottom(bottom).await?;
                // Below the picture, where the program continues to print.
                return writeln!(io::stderr());
            }
            self.print_to(&mut io::stderr()).await
        })
    }
}

/// The lines at the bottom of the terminal that is the standard error.
///
/// Their place is known without asking the terminal for its cursor: the reply would arrive at the standard input, where
/// the program may read the answers of its user.
struct Bottom {
    terminal: Terminal<CrosstermBackend<io::Stderr>>,
    /// How many lines there are, if the terminal is high enough.
    wanted: u16,
    area: Rect,
}

impl Bottom {
    /// Room for the steps, the executors and some events and prompts, below what the terminal shows already.
    fn below<W: Workflow>(board: &Board, watch: &Watch<'_, W>) -> io::Result<Self> {
        // The default executors may not have been built yet: they are `io` and `cpu`.
        let executors = watch.executors.clone().or_else(|| watch.run.executors());
        let pools = executors.map_or(2, |executors| executors.metrics().len()) + 2;
        let wanted = u16::try_from(usize::from(board.height()) + pools + 16).unwrap_or(u16::MAX);
        let area = bottom(wanted)?;
        let empty = "\n".repeat(area.height.into());
        io::stderr().write_all(empty.as_bytes())?;
        let options = TerminalOptions { viewport: Viewport::Fixed(area) };
        let terminal = Terminal::with_options(CrosstermBackend::new(io::stderr()), options)?;
        Ok(Self { terminal, wanted, area })
    }

    /// Moves to the bottom of a terminal whose size has changed.
    fn follow_size(&mut self) -> io::Result<()> {
        let area = bottom(self.wanted)?;
        if area != self.area {
            // What was drawn may be above the new place.
            let top = area.y.min(self.area.y);
            self.area = area;
            self.terminal.resize(area)?;
            let backend = self.terminal.backend_mut();
            backend.set_cursor_position(Position::new(0, top))?;
            backend.clear_region(ClearType::AfterCursor)?;
        }
        Ok(())
    }
}

/// The last lines of the terminal, all but one at most.
fn bottom(wanted: u16) -> io::Result<Rect> {
    let (width, rows) = ratatui_crossterm::crossterm::terminal::size()?;
    if width == 0 || rows == 0 {
        return Err(io::Error::other("the terminal has no size"));
    }
    let height = wanted.min(rows.saturating_sub(1)).max(1);
    Ok(Rect { x: 0, y: rows - height, width, height })
}
