//! `External`: what comes from outside of a run, as a message.

use super::call::{Versioned, serialize};
use crate::{
    event::HumanResponse,
    graph::InputKey,
    run::prompt::PromptId,
    sealed::SEAL,
    workflow::{Answers, Workflow},
};
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A response, the answer to a prompt, or a cancellation: what comes from outside of a run.
///
/// It serializes with any serde format, to be stored until the run's [engine](super::Engine) takes it. A message of an
/// unknown version, or with an event that is not a response, is an error of `Deserialize`.
///
/// ```
/// # use std::time::SystemTime;
/// # use workflows_runtime::{prelude::*, remote::{Engine, External}};
/// # #[workflow] struct Ask;
/// # #[workflow]
/// # impl Ask {
/// #     #[step]
/// #     async fn ask(&self, Start(question): Start<String>) -> InputRequired<String> {
/// #         InputRequired(question)
/// #     }
/// #     #[step]
/// #     async fn done(&self, HumanResponse(answer): HumanResponse<bool>) -> Stop<bool> {
/// #         Stop(answer)
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut engine = Engine::<Ask>::begin("order-7", "pay?".to_owned(), SystemTime::now());
/// let stored = serde_json::to_string(&External::<Ask>::response(true))?;
///
/// engine.external(serde_json::from_str(&stored)?, SystemTime::now())?;
/// # Ok(())
/// # }
/// ```
pub struct External<W: Workflow>(pub(in crate::run) ExternalContent<W>);

#[derive(Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub(in crate::run) enum ExternalContent<W: Workflow> {
    Response(W::Event),
    Answer { prompt: PromptId, response: W::Event },
    Cancel,
}

impl<W: Workflow> External<W> {
    /// A response to whatever waits for it, as of [`RunHandle::send`](crate::RunHandle::send).
    pub fn response<T: Answers<W>>(response: T) -> Self {
        Self(ExternalContent::Response(T::into_event(HumanResponse(response), SEAL)))
    }

    /// The answer to a prompt, as of [`RunHandle::answer`](crate::RunHandle::answer).
    pub fn answer<T: Answers<W>>(prompt: PromptId, response: T) -> Self {
        Self(ExternalContent::Answer { prompt, response: T::into_event(HumanResponse(response), SEAL) })
    }

    /// The end of the run, as of [`RunHandle::cancel`](crate::RunHandle::cancel).
    #[must_use]
    pub fn cancel() -> Self {
        Self(ExternalContent::Cancel)
    }

    fn validate(&self) -> Result<(), &'static str> {
        let event = match &self.0 {
            ExternalContent::Response(event) | ExternalContent::Answer { response: event, .. } => event,
            ExternalContent::Cancel => return Ok(()),
        };
        match W::TABLE.inputs[W::slot(event) as usize].key {
            InputKey::Human(_) => Ok(()),
            _ => Err("the event is not a response"),
        }
    }
}

impl<W: Workflow> Clone for External<W> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            ExternalContent::Response(event) => ExternalContent::Response(event.clone()),
            ExternalContent::Answer { prompt, response } => {
                ExternalContent::Answer { prompt: *prompt, response: response.clone() }
            }
            ExternalContent::Cancel => ExternalContent::Cancel,
        })
    }
}

impl<W: Workflow> fmt::Debug for External<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            ExternalContent::Response(_) => f.write_str("Response(..)"),
            ExternalContent::Answer { prompt, .. } => f.debug_tuple("Answer").field(prompt).finish_non_exhaustive(),
            ExternalContent::Cancel => f.write_str("Cancel"),
        }
    }
}

impl<W: Workflow> Serialize for External<W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&self.0, serializer)
    }
}

impl<'de, W: Workflow> Deserialize<'de> for External<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Versioned::V1(content) = Versioned::deserialize(deserializer)?;
        let external = Self(content);
        external.validate().map_err(D::Error::custom)?;
        Ok(external)
    }
}
