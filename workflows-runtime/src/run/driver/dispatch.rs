//! The driver as the line of the dispatch that it has at hand.

use super::{At, Driver, End, Pace, poll::Progress};
use crate::{
    context::Context as StepContext,
    engine::{Effects, Events},
    error::StepError,
    executor::{Entered, Kind},
    panics::discard,
    run::{
        dispatch::{Dispatcher, Offload},
        poll_budget::PollOverrun,
    },
    workflow::Workflow,
};
use core::{
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll},
};

/// The parts of [`Dispatcher::poll_step`] that don't depend on the type of the step's future.
impl<W: Workflow> Driver<'_, W> {
    /// Makes the current execution the one that code in the step finds as its origin.
    #[inline(never)]
    fn enter_step(&self) -> Entered {
        self.current.origin(self.shared.get()).enter()
    }

    /// The current step is pending, or its poll took longer than the budget.
    fn after_poll(&mut self, overrun: Option<Box<PollOverrun>>, cx: &mut Context<'_>) -> Progress {
        self.in_step = false;
        match overrun {
            Some(overrun) => {
                self.overdue = Some(overrun);
                Progress::Without
            }
            None => self.poll_run_beside(cx),
        }
    }
}

impl<W: Workflow> Dispatcher for &mut Driver<'_, W> {
    type Workflow = W;
    type End = ();

    #[inline]
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<ControlFlow<(), u16>> {
        if self.pace == Pace::New {
            self.resume();
        }
        if self.at == At::Due && self.pace == Pace::Going && self.turns > 0 && !self.shared.has_mail() {
            self.turns -= 1;
            return Poll::Ready(ControlFlow::Continue(self.start_step()));
        }
        if self.end.is_some() && self.pace == Pace::Going {
            return Poll::Ready(ControlFlow::Break(()));
        }
        self.next_step(cx)
    }

    #[inline]
    fn poll_step<S: Future>(&mut self, mut step: Pin<&mut Option<S>>, cx: &mut Context<'_>) -> Poll<Option<S::Output>> {
        if self.pace != Pace::Going {
            self.resume();
        }
        loop {
            let Some(future) = step.as_mut().as_pin_mut() else { return Poll::Ready(None) };
            self.in_step = true;
            self.last = self.current.step;
            // Two polls, as a guard that may be missing costs each hop 13 instructions.
            let polled = if self.is_asked {
                let _entered = self.enter_step();
                future.poll(cx)
            } else {
                future.poll(cx)
            };
            let overrun = self.timed(None, self.current.step);
            if let (Poll::Ready(output), None) = (polled, &overrun) {
                return Poll::Ready(Some(output));
            }
            match self.after_poll(overrun, cx) {
                Progress::Again => {}
                Progress::Pause => return Poll::Pending,
                Progress::Without | Progress::Launch | Progress::Rest | Progress::End => {
                    self.at = At::Free;
                    let _dropping = self.shared.dropping();
                    discard(step);
                    return Poll::Ready(None);
                }
            }
        }
    }

    #[inline]
    fn effects(&mut self) -> &mut Effects<W> {
        &mut self.effects
    }

    #[inline]
    fn complete(&mut self, outcome: Result<(), StepError>) {
        self.in_step = false;
        if outcome.is_ok() && self.is_plain() {
            if let Some((serial, step)) = self.engine.hop(self.current.execution, &self.effects, self.now) {
                // Its event stays where it is: see `events`.
                (self.current.execution.serial, self.current.step) = (serial, step);
                self.at = At::Due;
                return;
            }
            if let Some(output) = self.engine.stop(self.current.execution, &mut self.effects) {
                self.end = Some(End::Completed(output));
                self.at = At::Free;
                return;
            }
            if let Some(launch) = self.engine.forward(self.current.execution, &mut self.effects, self.now) {
                self.current.becomes(launch, &mut self.effects);
                self.at = At::Due;
                return;
            }
        }
        self.at = At::Free;
        let effects = std::mem::replace(&mut self.effects, Effects::new());
        self.returned(self.current.execution, outcome.map(|()| effects));
    }

    #[inline]
    fn events(&mut self) -> Events<'_, W> {
        Events::new(&mut self.effects, self.current.input.take())
    }

    fn context<S>(&self) -> StepContext<W, S> {
        self.current.context(self.shared.get())
    }

    fn offload(&self, kind: Kind) -> Offload {
        Offload::new(self.current.origin(self.shared.get()), kind)
    }
}
