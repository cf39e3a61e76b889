//! Prompts: their numbers, and the waits of the open ones.

use super::{Checked, MAX_COUNT_32, Validator, ensure};
use crate::engine::{definition::Definition, prompt::PromptedBy};
use std::collections::BTreeSet;

/// The number of a prompt, and what has published it.
pub(crate) type Published<'a, D> = (u32, &'a PromptedBy<D>);

impl<D: Definition> Validator<'_, D> {
    /// Checks the numbers of the prompts that belong to waits, and the open prompts, in order of publication.
    pub(super) fn prompts<'a>(&self, open: impl IntoIterator<Item = Published<'a, D>>) -> Checked
    where
        D: 'a,
    {
        let published = self.state.prompts;
        ensure!(published <= MAX_COUNT_32, "{published} prompts were published");
        let numbers = self.prompts_of_waits()?;
        let mut last = 0;
        for (id, by) in open {
            ensure!((1..=published).contains(&id), "prompt {id} is open, but {published} were published");
            ensure!(id > last, "prompt {id} is listed after prompt {last}");
            last = id;
            match by {
                PromptedBy::Step { execution } => {
                    let launched = self.state.launched;
                    let exists = (1..=launched).contains(execution);
                    ensure!(exists, "prompt {id} is of execution {execution}, but {launched} were launched");
                    ensure!(!numbers.contains(&id), "prompt {id} belongs to a wait and to none");
                }
                PromptedBy::Wait(wait) => {
                    let slot = self.state.slot_of_prompt(id, wait.at);
                    ensure!(slot == Some(wait.slot), "prompt {id} is open, but no wait for its answer is");
                }
            }
        }
        Ok(())
    }

    fn prompts_of_waits(&self) -> Result<BTreeSet<u32>, String> {
        let published = self.state.prompts;
        let mut numbers = BTreeSet::new();
        for execution in self.state.executions.iter() {
            let Some(history) = &execution.history else { continue };
            let name = self.step(execution.step)?;
            for id in history.waits.iter().filter_map(|wait| wait.prompt) {
                let exists = (1..=published).contains(&id);
                ensure!(exists, "a wait of `{name}` has prompt {id}, but {published} were published");
                ensure!(numbers.insert(id), "two waits have prompt {id}");
            }
        }
        Ok(numbers)
    }
}
