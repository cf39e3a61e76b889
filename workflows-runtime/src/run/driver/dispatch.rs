//! The driver as the dispatcher of the current dispatch.

use super::{Current, Driver, End, Pace, poll::Progress};
use crate::{
    context::Context as StepContext,
    engine::{Effects, Tick},
    error::StepError,
    executor::{Entered, Kind},
    panics::suppress_panic,
    run::{
        dispatch::{CurrentExecution, Dispatcher, Offload, StepPlace},
        futures::Slots,
        poll_budget::PollOverrun,
        shared::Dropping,
    },
    workflow::Workflow,
};
#[cfg(feature = "isolated")]
use crate::{executor::Isolation, run::remote::isolated::IsolatedStep};
use core::{
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll, Waker},
};

impl<W: Workflow> Dispatcher for &mut Driver<'_, W> {
    type Workflow = W;
    type End = ();

    #[inline]
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<ControlFlow<(), u16>> {
        match self.pace {
            Pace::Polling => {}
            Pace::New => self.resume(),
            Pace::Paused => return self.next_step(cx),
        }
        if self.current == Current::Ready && self.actions_left > 0 && !self.has_mail() {
            self.actions_left -= 1;
            return Poll::Ready(ControlFlow::Continue(self.start_step()));
        }
        if self.end.is_some() {
            return Poll::Ready(ControlFlow::Break(()));
        }
        self.next_step(cx)
    }

    #[cfg_attr(debug_assertions, inline)]
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll_step<E>(
        &mut self,
        mut step: Pin<&mut dyn StepPlace<W, E>>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<(), StepError>>> {
        let progress = 'pending: {
            if self.pace != Pace::Polling {
                let progress = self.resume_step(cx);
                if progress != Progress::PollAgain {
                    break 'pending progress;
                }
            }
            loop {
                // Polled in two places: a guard that may be missing costs each hop 13 instructions.
                let polled = if self.is_guarded {
                    let _entered = self.enter_step();
                    let waker = step_waker(&self.slots, &mut self.has_own_waker, cx);
                    let effects = self.execution.handover.output();
                    let polled = step.as_mut().poll(&mut Context::from_waker(waker), effects);
                    self.count_if_yielded();
                    polled
                } else {
                    step.as_mut().poll(cx, self.execution.handover.output())
                };
                let overrun = self.count_poll(None, self.execution.step);
                if let Poll::Ready(outcome) = polled {
                    if overrun.is_none() {
                        return Poll::Ready(Some(outcome));
                    }
                    self.execution.clear();
                }
                let progress = self.poll_while_pending(overrun, cx);
                if progress != Progress::PollAgain {
                    break 'pending progress;
                }
            }
        };
        if progress == Progress::Pause {
            return Poll::Pending;
        }
        self.current = Current::None;
        let dropping = self.dropping_current(progress);
        suppress_panic(&mut || step.as_mut().clear());
        drop(dropping);
        self.count_drop(None, self.execution.step);
        Poll::Ready(None)
    }

    #[inline]
    fn complete(&mut self, outcome: Result<(), StepError>) {
        // Code of the step is no longer on the stack: what panics from here on is not the step.
        self.current = Current::None;
        if outcome.is_ok() && self.is_plain() {
            // In this order: `hop` and `stop` are for a run with a single execution, `forward` for all others.
            if let Some((serial, step)) = self.engine.hop(self.execution.id, self.execution.handover.output(), self.now)
            {
                self.execution.hop(serial, step);
                self.current = Current::Ready;
                return;
            }
            if let Some(output) = self.engine.stop(self.execution.id, self.execution.handover.output()) {
                self.end = Some(End::Completed(output));
                return;
            }
            if let Some(launch) = self.engine.forward(self.execution.id, self.execution.handover.output(), self.now) {
                self.execution.launch(launch);
                self.current = Current::Ready;
                return;
            }
        }
        let output = std::mem::replace(self.execution.handover.output(), Effects::new());
        let outcome = match outcome {
            Ok(()) => Ok(output),
            Err(error) => {
                drop(output);
                Err(error)
            }
        };
        self.returned(self.execution.id, outcome);
    }

    #[inline]
    fn execution(&mut self) -> &mut CurrentExecution<W> {
        &mut self.execution
    }

    fn context<S>(&self) -> StepContext<W, S> {
        self.execution.context(self.shared.get_or_init())
    }

    fn offload(&self, kind: Kind) -> Offload {
        self.execution.offload(self.shared.get_or_init(), kind)
    }

    #[cfg(feature = "isolated")]
    fn isolate(&mut self, isolation: Isolation) -> Option<IsolatedStep<W>> {
        self.execution.isolate(self.shared.get_or_init(), isolation)
    }
}

/// The parts of [`Dispatcher::poll_step`] that don't depend on the type of the step's future.
impl<W: Workflow> Driver<'_, W> {
    /// Makes the current execution the one that code in the step finds as its origin, if any code may ask.
    #[inline(never)]
    fn enter_step(&self) -> Option<Entered> {
        if self.needs_origin { Some(self.execution.origin(self.shared.get_or_init()).enter_span()) } else { None }
    }

    /// Marks the current execution as being dropped. Unless the run ends, its worker is held until its code has ended.
    #[cold]
    #[inline(never)]
    fn dropping_current(&mut self, progress: Progress) -> Option<Dropping> {
        if progress != Progress::Abandon {
            return self.shared.get().map(|shared| shared.dropping(self.execution.id, false));
        }
        let execution = self.execution.id;
        if self.overrun.is_some() {
            // It fails once its future is dropped.
            self.apply(Tick::Outlived { execution });
        }
        Some(self.shared.get_or_init().dropping(execution, true))
    }

    /// Begins a poll of the driver while the current step is pending. A step with a waker of its own has its turn
    /// among the others.
    #[inline(never)]
    fn resume_step(&mut self, cx: &mut Context<'_>) -> Progress {
        self.resume();
        if self.has_own_waker {
            return self.poll_while_pending(None, cx);
        }
        self.mark_polled();
        Progress::PollAgain
    }

    /// Polls the run after a poll of the current step that was pending, or that took too long.
    fn poll_while_pending(&mut self, overrun: Option<Box<PollOverrun>>, cx: &mut Context<'_>) -> Progress {
        self.current = Current::Pending;
        if overrun.is_some() {
            self.overrun = overrun;
            return Progress::Abandon;
        }
        let progress = self.poll_run_catching(cx);
        if progress == Progress::PollAgain {
            self.mark_polled();
        }
        progress
    }
}

/// The waker for a poll of the current step.
#[inline(never)]
fn step_waker<'c, W: Workflow>(slots: &'c Slots<'_, W>, is_own: &mut bool, cx: &'c Context<'_>) -> &'c Waker {
    let waker = slots.current_waker();
    *is_own = waker.is_some();
    waker.unwrap_or(cx.waker())
}
