//! The checks of error handlers that need types.

use super::{build::Graph, key::InputKey};
use crate::const_text::Text;

impl<const S: usize, const L: usize, const E: usize, const O: usize> Graph<S, L, E, O> {
    /// W021: a handler takes one failure, and no other step takes any. `text` is the type as written.
    #[track_caller]
    pub(super) const fn check_failure(&self, input: usize, text: &str) {
        let this = &self.inputs[input];
        let step = &self.steps[this.step as usize];
        let failure = matches!(this.key, InputKey::Failed);
        if step.catches.is_none() {
            if failure {
                Text::new("W021")
                    .and("step ")
                    .name(step.name)
                    .and(" takes ")
                    .name(text)
                    .and(", but only error handlers take failures")
                    .help()
                    .and("write `#[catch_error]` in place of `#[step]`, with `StepFailed` as its only event")
                    .fail()
            }
            return;
        }
        if !failure {
            Text::new("W021")
                .and("error handler ")
                .name(step.name)
                .and(" takes ")
                .name(text)
                .and(", but an error handler takes exactly one `StepFailed`")
                .help()
                .and("write `failed: StepFailed`; a context and resources are allowed, too")
                .fail()
        }
        let mut i = input;
        while i > 0 && self.inputs[i - 1].step == this.step {
            i -= 1;
            if matches!(self.inputs[i].key, InputKey::Failed) {
                Text::new("W021")
                    .and("error handler ")
                    .name(step.name)
                    .and(" takes ")
                    .name(text)
                    .and(" twice, but it handles one failure at a time")
                    .help()
                    .and("remove one of them")
                    .fail()
            }
        }
    }

    /// W008: a handler without a failure to take.
    #[track_caller]
    pub(super) const fn fail_unreached_handler(&self, step: usize) -> ! {
        let mut i = 0;
        while i < S && self.handlers[i] as usize != step {
            i += 1;
        }
        let why = if i == S {
            " is never reached: other handlers list every step"
        } else {
            " is never reached: none of the steps whose failures it takes is"
        };
        Text::new("W008")
            .and("error handler ")
            .name(self.steps[step].name)
            .and(why)
            .help()
            .and("list a step that runs, remove the handler, or write `#[catch_error(unchecked(reachable))]`")
            .fail()
    }
}
