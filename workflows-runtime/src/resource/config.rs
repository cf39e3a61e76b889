//! `#[config]` parameters: values from JSON files.

use super::{Injected, error::ResourceError, scope::Scope, slot::Slot};
use crate::{
    error::StepError,
    executor::{Kind, Origin, offload},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// The error of a `#[config]` parameter. Found as the [cause](ResourceError::cause) of a
/// [`ResourceError`], which names the file.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// use workflows_runtime::ConfigError;
///
/// # #[derive(Deserialize)] struct Limits;
/// # #[workflow] struct Ask;
/// #[workflow]
/// impl Ask {
///     #[step]
///     async fn ask(&self, #[config("missing.json")] _limits: &Limits, Start(()): Start<()>) -> Stop<()> {
///         Stop(())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let error = Ask.run(()).await.unwrap_err();
/// assert!(matches!(error.find(), Some(ConfigError::Unreadable { .. })));
/// assert_eq!(error.find::<std::io::Error>().unwrap().kind(), std::io::ErrorKind::NotFound);
/// # }
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read. Its path is relative to the working directory of the process.
    #[error("the file cannot be read: {source}")]
    #[non_exhaustive]
    Unreadable {
        /// The reason, an [`io::Error`](std::io::Error).
        source: StepError,
    },
    /// The file is not JSON.
    #[error("the file is not JSON: {source}")]
    #[non_exhaustive]
    NotJson {
        /// The reason.
        source: StepError,
    },
    /// The selector names a key that does not exist.
    #[error("there is no `{path}`")]
    #[non_exhaustive]
    Missing {
        /// The selector, up to the missing segment.
        path: String,
    },
    /// The selector continues behind a value that is not an object.
    #[error("there is no `{path}`: its parent is {found}, not an object")]
    #[non_exhaustive]
    NotAnObject {
        /// The selector, up to the first segment behind the value.
        path: String,
        /// The kind of the value, such as "a number".
        found: &'static str,
    },
    /// The selected value is not of the parameter's type.
    #[error("it does not fit the parameter's type: {source}")]
    #[non_exhaustive]
    Deserialize {
        /// The reason.
        source: StepError,
    },
}

/// The content of a file, as of its first read.
#[derive(Debug)]
pub struct File(Value);

impl<W: Send + Sync + 'static, C: Injected<W>> Scope<'_, W, C> {
    /// Returns the value of a config: the selected part of the file. Reads the file on first use.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`].
    pub async fn config<T: DeserializeOwned>(
        &self,
        value: &Slot<T>,
        content: &Slot<File>,
        file: &'static str,
        select: &'static str,
    ) -> Result<Arc<T>, ResourceError> {
        let scope = &self.enter_config(file, select);
        let read = || async { scope.made(read(file).await) };
        let make = || async {
            let content = content.get(scope, read).await?;
            scope.made(content.select(select).map_err(StepError::from))
        };
        value.get(scope, make).await
    }
}

async fn read(file: &'static str) -> Result<File, StepError> {
    let content = offload(Origin::current(), Kind::Io, move || {
        let bytes = std::fs::read(file).map_err(|error| ConfigError::Unreadable { source: error.into() })?;
        let content = serde_json::from_slice(&bytes).map_err(|error| ConfigError::NotJson { source: error.into() })?;
        Ok::<_, ConfigError>(File(content))
    });
    Ok(content.await??)
}

impl File {
    fn select<T: DeserializeOwned>(&self, select: &str) -> Result<T, ConfigError> {
        let mut value = &self.0;
        let mut end = 0;
        // The empty selector is the whole file; `split` alone would return one empty segment.
        for segment in select.split('.').filter(|_| !select.is_empty()) {
            end += segment.len();
            let path = || select[..end].to_owned();
            let Value::Object(object) = value else {
                return Err(ConfigError::NotAnObject { path: path(), found: kind(value) });
            };
            value = object.get(segment).ok_or_else(|| ConfigError::Missing { path: path() })?;
            // Skip the dot after the segment.
            end += 1;
        }
        T::deserialize(value).map_err(|error| ConfigError::Deserialize { source: error.into() })
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
