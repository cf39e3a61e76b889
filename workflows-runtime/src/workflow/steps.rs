//! The steps of a workflow by name, and the options that a run overrides.

use crate::engine::{OverriddenTimeout, Override};
use core::{num::NonZeroU32, time::Duration};

/// The steps of a workflow by name. The macro implements it for the event enum of the workflow, a type of the `impl`'s
/// own: a second `impl` of one workflow is one conflict.
pub trait StepNames {
    /// A struct with a [`StepOptions`] for each step, in a field of its name.
    type Steps;
    /// The declared options.
    fn steps() -> Self::Steps;
}

/// The options of one step in a run. [`Run::configure`](crate::Run::configure) has an example.
#[derive(Debug, Clone)]
#[must_use = "return it from the closure"]
pub struct StepOptions {
    step: u16,
    workers: Option<NonZeroU32>,
    timeout: OverriddenTimeout,
}

impl StepOptions {
    /// The declared options of the step with this number.
    #[doc(hidden)]
    pub const fn declared(step: u16) -> Self {
        Self { step, workers: None, timeout: OverriddenTimeout::Declared }
    }

    /// Sets how many executions of the step may run at once.
    ///
    /// # Panics
    ///
    /// Panics if `workers` is 0: the step would never run.
    #[track_caller]
    pub const fn workers(mut self, workers: u32) -> Self {
        self.workers = NonZeroU32::new(workers);
        assert!(self.workers.is_some(), "a step needs at least one worker");
        self
    }

    /// Sets how long one execution of the step may take, as the `timeout` in `#[step(..)]`. `None` disables it.
    ///
    /// Needs a tokio runtime with time enabled, without which the run ends with
    /// [`RunError::NoTimer`](crate::RunError::NoTimer).
    ///
    /// ```
    /// # use workflows_runtime::{StepTimedOut, prelude::*};
    /// # #[workflow] struct Hang;
    /// #[workflow]
    /// impl Hang {
    ///     #[step(timeout = "1h")]
    ///     async fn hang(&self, _: Start<()>) -> Stop<()> {
    ///         std::future::pending().await
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() {
    /// let error = Hang.run(()).configure(|steps| steps.hang.timeout(Duration::from_secs(1))).await.unwrap_err();
    /// assert_eq!(error.downcast_ref(), Some(&StepTimedOut::new(Duration::from_secs(1))));
    /// # }
    /// ```
    pub fn timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.timeout = OverriddenTimeout::Given(after.into());
        self
    }

    pub(crate) fn into_override(self) -> Override {
        let Self { step, workers, timeout } = self;
        Override { step, workers, timeout }
    }
}

/// Implements `StepNames`. The struct is in a block of its own: its name is for the reader of an error, and hides no type
/// of the user.
#[doc(hidden)]
#[macro_export]
macro_rules! __step_names {
    ($steps:ident for $event:ident { $($number:literal = $step:ident),* }) => {
        const _: () = {
            pub struct $steps {
                $(pub $step: $crate::__private::StepOptions,)*
            }

            impl $crate::__private::StepNames for $event {
                type Steps = $steps;

                fn steps() -> $steps {
                    $steps { $($step: $crate::__private::StepOptions::declared($number),)* }
                }
            }
        };
    };
}
