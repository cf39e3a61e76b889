//! The driver as the line of the dispatch that it has at hand.

use super::{At, Driver, End, Pace, poll::Turn};
use crate::{
    context::Context as StepContext,
    engine::{Effects, Events},
    error::StepError,
    executor::Kind,
    panics::discard,
    run::dispatch::{Line, Offload, Outcome, boxed::Alone},
    workflow::Workflow,
};
use core::{
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll},
};

impl<W, F, L> Line for &mut Driver<'_, W, F, L>
where
    W: Workflow,
    F: Future<Output = Outcome<W>> + Send,
    L: Fn(Alone<W>) -> F + Send,
{
    type Workflow = W;
    type End = ();

    #[inline]
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<ControlFlow<(), u16>> {
        if self.pace == Pace::New {
            self.go_on();
        }
        if self.at == At::Due && self.pace == Pace::Going && self.turns > 0 && !self.shared.has_mail() {
            self.turns -= 1;
            return Poll::Ready(ControlFlow::Continue(self.set_off()));
        }
        if self.end.is_some() && self.pace == Pace::Going {
            return Poll::Ready(ControlFlow::Break(()));
        }
        self.come_to_next(cx)
    }

    #[inline]
    fn poll_step<S: Future>(&mut self, mut step: Pin<&mut Option<S>>, cx: &mut Context<'_>) -> Poll<Option<S::Output>> {
        if self.pace != Pace::Going {
            self.go_on();
        }
        loop {
            let Some(future) = step.as_mut().as_pin_mut() else { return Poll::Ready(None) };
            (self.in_step, self.last) = (true, self.job.step);
            let polled = if self.is_asked {
                self.job.origin(self.shared.get()).enter(|| future.poll(cx))
            } else {
                future.poll(cx)
            };
            let overrun = self.timed(|driver| driver.job.execution, self.job.step);
            if let (Poll::Ready(output), None) = (polled, &overrun) {
                return Poll::Ready(Some(output));
            }
            self.in_step = false;
            let turn = match overrun {
                Some(overrun) => {
                    self.overdue = Some(overrun);
                    Turn::Without
                }
                None => self.turn_beside(cx),
            };
            match turn {
                Turn::Again => {}
                Turn::Pause => return Poll::Pending,
                Turn::Without | Turn::Launch | Turn::Rest | Turn::End => {
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
    fn over(&mut self, outcome: Result<(), StepError>) {
        self.in_step = false;
        if outcome.is_ok() && self.is_plain() {
            if let Some((serial, step)) = self.core.hop(self.job.execution, &self.effects, self.now) {
                // Its event stays where it is: see `events`.
                (self.job.execution.serial, self.job.step) = (serial, step);
                self.at = At::Due;
                return;
            }
            if let Some(output) = self.core.stop(self.job.execution, &mut self.effects) {
                self.end = Some(End::Completed(output));
                self.at = At::Free;
                return;
            }
            if let Some(launch) = self.core.relay(self.job.execution, &mut self.effects, self.now) {
                self.job.becomes(launch, &mut self.effects);
                self.at = At::Due;
                return;
            }
        }
        self.at = At::Free;
        let effects = std::mem::replace(&mut self.effects, Effects::new());
        self.returned(self.job.execution, outcome.map(|()| effects));
    }

    #[inline]
    fn events(&mut self) -> Events<'_, W> {
        Events::new(&mut self.effects, self.job.input.take())
    }

    fn context<S>(&self) -> StepContext<W, S> {
        self.job.context(self.shared.get())
    }

    fn offload(&self, kind: Kind) -> Offload {
        Offload::new(self.job.origin(self.shared.get()), kind)
    }
}
