//! Values from JSON files.

use super::{Injected, error::ResourceError, scope::Scope, slot::Slot};
use crate::{
    error::StepError,
    executor::{Kind, Origin, offload},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{io, sync::Arc};

/// What is wrong with a config. Found as the [cause](ResourceError::cause) of a
/// [`ResourceError`], which names the file.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read; its path counts from the folder in which the process runs.
    #[error("the file cannot be read: {0}")]
    Unreadable(#[source] Arc<io::Error>),
    /// The file is not JSON.
    #[error("the file is not JSON: {0}")]
    NotJson(#[source] Arc<serde_json::Error>),
    /// The selector names what is not there.
    #[error("there is no `{path}`")]
    Missing {
        /// The selector, up to the segment that is missing.
        path: String,
    },
    /// The selector goes into something that is not an object.
    #[error("there is no `{path}`: what it should be in is {found}, and not an object")]
    NotAnObject {
        /// The selector, up to the segment that leads nowhere.
        path: String,
        /// What is there, such as "a number".
        found: &'static str,
    },
    /// What is selected is not what the parameter's type is made of.
    #[error("it does not fit the parameter's type: {0}")]
    Unfitting(#[source] Arc<serde_json::Error>),
}

/// A file as it was when it was first read.
#[derive(Debug)]
pub struct File(Value);

impl<W: Send + Sync + 'static, C: Injected<W>> Scope<'_, W, C> {
    /// The value of a config: of what is selected of the file, which is read if it has not been.
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
        let bytes = std::fs::read(file).map_err(|error| ConfigError::Unreadable(Arc::new(error)))?;
        let content = serde_json::from_slice(&bytes).map_err(|error| ConfigError::NotJson(Arc::new(error)))?;
        Ok::<_, ConfigError>(File(content))
    });
    Ok(content.await??)
}

impl File {
    fn select<T: DeserializeOwned>(&self, select: &str) -> Result<T, ConfigError> {
        let mut value = &self.0;
        let mut end = 0;
        for segment in select.split('.').filter(|_| !select.is_empty()) {
            end += segment.len();
            let path = || select[..end].to_owned();
            let Value::Object(object) = value else {
                return Err(ConfigError::NotAnObject { path: path(), found: kind(value) });
            };
            value = object.get(segment).ok_or_else(|| ConfigError::Missing { path: path() })?;
            // The dot.
            end += 1;
        }
        T::deserialize(value).map_err(|error| ConfigError::Unfitting(Arc::new(error)))
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
