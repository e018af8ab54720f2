//! [`ConfigurableField`]: a step that the configuration of a call can change.

use std::{fmt, sync::Arc};

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use crate::{
    ChildPosition, ChunkStream, Error, ErrorKind, InputStream, Result, RunContext, Runnable, Runs,
    StepInfo, Structure,
    protocol::{graph_of::graph_of, links::Links},
};

/// A step that a call can change with [`RunConfig::configurable`](crate::RunConfig::configurable).
///
/// Created by [`RunnableExt::configurable_field`](crate::RunnableExt::configurable_field) and
/// [`RunnableExt::declares`](crate::RunnableExt::declares). It does not have its own run, and
/// streams in the same way as the wrapped step.
///
/// # Errors
///
/// Returns [`ErrorKind::InvalidInput`] if the value of a key has the wrong type.
#[doc(alias = "RunnableConfigurableFields")]
#[must_use = "a chain does nothing until it is run"]
pub struct ConfigurableField<R> {
    step: R,
    fields: Vec<Field<R>>,
}

/// A configurable key, and the change of the step that the value of the key causes.
struct Field<R> {
    key: String,
    change: Arc<Change<R>>,
}

type Change<R> = dyn Fn(R, &Value) -> serde_json::Result<R> + Send + Sync;

impl<R: Runnable> ConfigurableField<R> {
    pub(crate) fn new(step: R) -> Self {
        Self { step, fields: Vec::new() }
    }

    /// Adds a key whose value changes the step.
    ///
    /// See [`RunnableExt::configurable_field`](crate::RunnableExt::configurable_field) for an
    /// example.
    ///
    /// Changes are applied in the order in which the keys were added.
    #[doc(alias = "configurable_fields")]
    pub fn configurable_field<T: DeserializeOwned>(
        mut self,
        key: impl Into<String>,
        change: impl Fn(R, T) -> R + Send + Sync + 'static,
    ) -> Self {
        let change = move |step, value: &Value| Ok(change(step, T::deserialize(value)?));
        self.fields.push(Field { key: key.into(), change: Arc::new(change) });
        self
    }

    /// Declares a key that the step itself reads.
    ///
    /// See [`RunnableExt::declares`](crate::RunnableExt::declares) for an example.
    #[doc(alias("ConfigurableFieldSpec", "config_specs"))]
    pub fn declares(self, key: impl Into<String>) -> Self {
        self.configurable_field(key, |step, _: IgnoredAny| step)
    }

    /// Returns the step with the changes that the call requests.
    fn configured(&self, cx: &RunContext) -> Result<R> {
        let mut step = self.step.clone();
        for Field { key, change } in &self.fields {
            if let Some(value) = cx.configurable(key) {
                step = change(step, value).map_err(|error| {
                    let message =
                        format!("invalid value {value} for configurable key `{key}`: {error}");
                    Error::new(ErrorKind::InvalidInput, message).with_source(error)
                })?;
            }
        }
        Ok(step)
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: Runnable> Runnable for ConfigurableField<R> {
    type Input = R::Input;
    type Output = R::Output;

    async fn run(&self, input: R::Input, cx: RunContext) -> Result<R::Output> {
        cx.child(ChildPosition::Untagged).invoke_inline(&self.configured(&cx)?, input).await
    }

    fn run_stream(&self, input: R::Input, cx: RunContext) -> ChunkStream<R::Output> {
        match self.configured(&cx) {
            Ok(step) => cx.child(ChildPosition::Untagged).stream(&step, input),
            Err(error) => ChunkStream::error(error),
        }
    }

    /// Does not wait for the complete input, because the changes do not depend on it.
    fn run_transform(
        &self,
        input: InputStream<R::Input>,
        cx: RunContext,
    ) -> ChunkStream<R::Output> {
        match self.configured(&cx) {
            Ok(step) => cx.child(ChildPosition::Untagged).transform(&step, input.into_chunks()),
            Err(error) => ChunkStream::error(error),
        }
    }

    fn info(&self) -> StepInfo {
        self.step.info()
    }

    fn structure(&self) -> Structure {
        let keys: Vec<_> = self.fields.iter().map(|field| field.key.clone()).collect();
        let options = vec![(keys.join(","), graph_of(&self.step))];
        Structure::Configurable { keys, options }
    }

    fn runs(&self) -> Runs {
        Runs::Transparent
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}

impl<R> Clone for Field<R> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), change: Arc::clone(&self.change) }
    }
}

impl<R: Clone> Clone for ConfigurableField<R> {
    fn clone(&self) -> Self {
        Self { step: self.step.clone(), fields: self.fields.clone() }
    }
}

impl<R: fmt::Debug> fmt::Debug for ConfigurableField<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.fields.iter().map(|field| &field.key).collect::<Vec<_>>();
        f.debug_struct("ConfigurableField").field("step", &self.step).field("keys", &keys).finish()
    }
}
