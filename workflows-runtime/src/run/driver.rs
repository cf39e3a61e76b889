//! The driver: owns a run, feeds its core and performs what it asks, in the run's own task.

mod end;
mod line;
mod mail;
mod turn;

pub(super) use self::end::LastWord;
use super::{
    Shared,
    begin::Begin,
    clock::Clock,
    instance::{Instance, Permit},
    job::{Alone, Job},
    letter::Cell,
    slots::{Slots, discard},
    watch::{PollOverrun, Watch},
};
use crate::{
    RunError, Workflow,
    core::{Core, Ending, Time},
};
use std::{
    any::Any,
    collections::BTreeMap,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

/// Drives a run from its start to its end; dropping the future drops the run.
pub(super) async fn drive<W: Workflow>(
    begin: Box<Begin<W>>,
    permit: Permit,
    last_word: LastWord<W>,
) -> Result<W::Output, RunError> {
    let Begin { flow, first, timeout, poll_budget, on_overrun } = *begin;
    let flow = Instance::of(flow);
    let result = {
        let shared = last_word.shared();
        let now = first.time();
        let mut driver = Driver {
            launch: |job| W::dispatch(&flow, Alone::new(job)),
            shared,
            core: Begin::core(shared),
            job: Job::none(shared),
            at: At::Free,
            in_step: false,
            slots: Slots::new(),
            clock: Clock::new(now),
            now,
            watch: Watch::new(poll_budget, on_overrun, shared.internal()),
            cells: None,
            last: 0,
            turns: 0,
            polls: 0,
            is_paused: true,
            is_new: true,
            overdue: None,
            is_asked: shared.is_asked(),
            end: None,
        };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| first.apply(&mut driver.core, timeout))) {
            driver.broken(&*panic);
        }
        // Again for each panic of a step, which leaves nothing of the dispatch that it was in.
        loop {
            let panic = {
                let dispatch = pin!(Some(W::dispatch(&flow, &mut driver)));
                let mut at_hand = AtHand { shared, dispatch, is_dropped: true };
                let polled = poll_fn(|cx| at_hand.poll(cx)).await;
                at_hand.is_dropped = false;
                match polled {
                    Ok(result) => break result,
                    Err(panic) => panic,
                }
            };
            driver.recover(&*panic);
        }
    };
    // Whoever sees the result sees that the run has let go of all that it had.
    drop((flow, permit));
    last_word.say(&result);
    result
}

/// The dispatch that the driver has at hand.
struct AtHand<'a, W: Workflow, D> {
    shared: &'a Shared<W>,
    dispatch: Pin<&'a mut Option<D>>,
    /// If nobody says otherwise, the whole run is.
    is_dropped: bool,
}

impl<W: Workflow, D: Future> AtHand<'_, W, D> {
    /// What it comes to, or its panic.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<D::Output, Box<dyn Any + Send>>> {
        let Some(dispatch) = self.dispatch.as_mut().as_pin_mut() else { return Poll::Pending };
        match catch_unwind(AssertUnwindSafe(|| dispatch.poll(cx))) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

impl<W: Workflow, D> Drop for AtHand<'_, W, D> {
    fn drop(&mut self) {
        if self.is_dropped {
            // Nothing that its steps do in their own drops is seen.
            self.shared.close();
            discard(self.dispatch.as_mut());
        }
    }
}

/// Where bodies wait for answers, by execution and wait.
type Cells<W> = BTreeMap<(u64, usize), Arc<Cell<W>>>;

struct Driver<'s, W: Workflow, F, L> {
    launch: L,
    shared: &'s Arc<Shared<W>>,
    core: Core<W>,
    /// The execution in the dispatch that the driver has at hand; other ones lie in slots.
    job: Job<W>,
    at: At,
    /// The step's own code is at work: if there is a panic, it is the step's.
    in_step: bool,
    slots: Slots<W, F>,
    clock: Clock,
    /// Read once a poll: a clock costs more than a step.
    now: Time,
    watch: Watch,
    cells: Option<Box<Cells<W>>>,
    /// The step that was polled last.
    last: u16,
    /// How many actions, and how many polls, are left until other tasks have their turn.
    turns: usize,
    polls: usize,
    /// Other tasks have had their turn.
    is_paused: bool,
    /// It has not been polled yet.
    is_new: bool,
    /// The execution at hand has taken too long for one poll, and fails.
    overdue: Option<PollOverrun>,
    /// Blocking code in a step has something to learn from the run.
    is_asked: bool,
    end: Option<Ending<W>>,
}

/// How far the execution is that the driver has at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// There is none.
    Free,
    /// It is to be started.
    Due,
    Going,
}
