//! The driver as the line of the dispatch that it has at hand.

use super::{At, Driver, End, Pace, poll::Progress};
use crate::{
    context::Context as StepContext,
    engine::{Effects, Events},
    error::StepError,
    executor::Kind,
    panics::discard,
    run::dispatch::{Dispatcher, Offload, Outcome, boxed::BoxedExecution},
    workflow::Workflow,
};
use core::{
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll},
};

impl<W, F, L> Dispatcher for &mut Driver<'_, W, F, L>
where
    W: Workflow,
    F: Future<Output = Outcome<W>> + Send,
    L: Fn(BoxedExecution<W>) -> F + Send,
{
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
            (self.in_step, self.last) = (true, self.current.step);
            let polled = if self.is_asked {
                self.current.origin(self.shared.get()).enter(|| future.poll(cx))
            } else {
                future.poll(cx)
            };
            let overrun = self.timed(|driver| driver.current.execution, self.current.step);
            if let (Poll::Ready(output), None) = (polled, &overrun) {
                return Poll::Ready(Some(output));
            }
            self.in_step = false;
            let turn = match overrun {
                Some(overrun) => {
                    self.overdue = Some(overrun);
                    Progress::Without
                }
                None => self.poll_run_beside(cx),
            };
            match turn {
                Progress::Again => {}
                Progress::Pause => return Poll::Pending,
                Progress::Without | Progress::Launch | Progress::Rest | Progress::End => {
                    self.let_go(|| discard(step));
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
