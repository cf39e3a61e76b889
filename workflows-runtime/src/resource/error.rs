//! The errors of resources and configs.

use super::scope::{Link, Trail};
use crate::error::StepError;
use core::fmt;
use std::error::Error;

/// A resource could not be created, or a config could not be read. Found inside a [`StepError`].
///
/// ```
/// # use workflows_runtime::prelude::*;
/// use workflows_runtime::ResourceError;
///
/// # struct Client;
/// # #[workflow] struct Ask;
/// #[workflow]
/// impl Ask {
///     #[resource]
///     async fn client() -> StepResult<Client> {
///         Err(StepError::msg("connection refused"))
///     }
///
///     #[step]
///     async fn ask(&self, #[resource(client)] _client: &Client, Start(()): Start<()>) -> Stop<()> {
///         Stop(())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let error = Ask.run(()).await.unwrap_err();
/// let error: &ResourceError = error.downcast_ref().unwrap();
/// assert_eq!(error.to_string(), "resource `client` (ask → client): connection refused");
/// assert_eq!(error.chain(), ["client"]);
/// # }
/// ```
#[derive(Clone)]
pub struct ResourceError {
    step: &'static str,
    chain: Vec<&'static str>,
    /// The failed config, after the last resource of the chain.
    config: Option<(&'static str, &'static str)>,
    source: StepError,
}

impl ResourceError {
    /// Creates an error at the end of `trail`, which leads from the failed link up to the step.
    pub(super) fn new(trail: &Trail<'_>, source: StepError) -> Self {
        let mut error = Self { step: "", chain: Vec::new(), config: None, source };
        let mut next = Some(trail);
        while let Some(trail) = next {
            match trail.link {
                Link::Step(step) => error.step = step,
                Link::Resource(name) => error.chain.push(name),
                Link::Config { file, select } => error.config = Some((file, select)),
            }
            next = trail.parent;
        }
        error.chain.reverse();
        error
    }

    /// Returns the step that needs the resource.
    #[must_use]
    pub fn step(&self) -> &'static str {
        self.step
    }

    /// Returns the chain of resources from the step to the failed one, which is last. Empty for a config that
    /// the step takes itself.
    #[must_use]
    pub fn chain(&self) -> &[&'static str] {
        &self.chain
    }

    /// Returns the file of the failed config, if it is a config.
    #[must_use]
    pub fn file(&self) -> Option<&'static str> {
        self.config.map(|(file, _)| file)
    }

    /// Returns the error of the factory, or the [`ConfigError`](crate::ConfigError) of the config.
    #[must_use]
    pub fn cause(&self) -> &StepError {
        &self.source
    }

    /// Returns whether this is the error of this resource or config, whichever step needs it.
    pub(super) fn is_about(&self, link: Link) -> bool {
        match link {
            Link::Step(_) => false,
            Link::Resource(name) => self.config.is_none() && self.chain.last() == Some(&name),
            Link::Config { file, select } => self.config == Some((file, select)),
        }
    }

    /// Returns the failed resource or config.
    pub(super) fn link(&self) -> Link {
        match (self.config, self.chain.last()) {
            (Some((file, select)), _) => Link::Config { file, select },
            (None, Some(name)) => Link::Resource(name),
            (None, None) => Link::Step(self.step),
        }
    }
}

impl fmt::Display for ResourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.config, self.chain.last()) {
            (Some((file, "")), _) => write!(f, "config `{file}`")?,
            (Some((file, select)), _) => write!(f, "config `{file}` at `{select}`")?,
            (None, last) => write!(f, "resource `{}`", last.unwrap_or(&self.step))?,
        }
        write!(f, " ({}", self.step)?;
        for name in &self.chain {
            write!(f, " → {name}")?;
        }
        if let Some((file, _)) = self.config {
            write!(f, " → {file}")?;
        }
        write!(f, "): {}", self.source)
    }
}

impl fmt::Debug for ResourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for ResourceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_error())
    }
}

/// The errors of [`Workflow::check_resources`](crate::Workflow::check_resources), displayed one a line.
#[derive(Clone)]
pub struct ResourceErrors(Vec<ResourceError>);

impl ResourceErrors {
    /// Returns an error if there is at least one.
    pub(crate) fn unless_none(errors: Vec<ResourceError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }

    /// Returns the first `E` among the errors and their causes. See [`StepError::find`].
    #[must_use]
    pub fn find<E: Error + Send + Sync + 'static>(&self) -> Option<&E> {
        self.iter().find_map(|error| {
            let itself: &dyn Error = error;
            itself.downcast_ref().or_else(|| error.source.find())
        })
    }

    /// Iterates over the errors, at least one, in the order of the steps and of their parameters.
    pub fn iter(&self) -> std::slice::Iter<'_, ResourceError> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a ResourceErrors {
    type Item = &'a ResourceError;
    type IntoIter = std::slice::Iter<'a, ResourceError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for ResourceErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            let line = if at == 0 { "" } else { "\n" };
            write!(f, "{line}{error}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ResourceErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The source is the first error.
impl Error for ResourceErrors {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.first().map(|error| error as &(dyn Error + 'static))
    }
}
