//! A step that the call's configuration changes.

use std::{fmt, sync::Arc};

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use crate::{
    ChunkStream, Context, Error, ErrorKind, Place, Result, Runnable, RunnableExt, StepInfo,
    Structure, links::Links,
};

/// A step that the call can change by [`Config::configurable`](crate::Config::configurable). Made by
/// [`RunnableExt::configurable`].
///
/// It is no run of its own: the run of the step, changed or not, stands where it would. It streams
/// as that does.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] for a value that is not what the step takes for the key.
#[must_use = "a chain does nothing until it is run"]
pub struct Configurable<R> {
    step: R,
    fields: Vec<Field<R>>,
}

/// What a value changes in a step.
struct Field<R> {
    key: String,
    change: Arc<Change<R>>,
}

type Change<R> = dyn Fn(R, &Value) -> serde_json::Result<R> + Send + Sync;

impl<R: Runnable> Configurable<R> {
    pub(crate) fn new(step: R) -> Self {
        Self { step, fields: Vec::new() }
    }

    /// One more thing that the call can change: [`RunnableExt::configurable`], on the step itself.
    /// Changes are made in the order in which they stand here.
    pub fn configurable<T: DeserializeOwned>(
        mut self,
        key: impl Into<String>,
        change: impl Fn(R, T) -> R + Send + Sync + 'static,
    ) -> Self {
        let change = move |step, value: &Value| Ok(change(step, T::deserialize(value)?));
        self.fields.push(Field { key: key.into(), change: Arc::new(change) });
        self
    }

    /// Declares one more key that the step itself reads: [`RunnableExt::declares`].
    pub fn declares(self, key: impl Into<String>) -> Self {
        self.configurable(key, |step, _: IgnoredAny| step)
    }

    /// The step as the call wants it.
    fn configured(&self, cx: &Context) -> Result<R> {
        let mut step = self.step.clone();
        for Field { key, change } in &self.fields {
            if let Some(value) = cx.configurable(key) {
                step = change(step, value).map_err(|error| {
                    let what = format!("`{key}` cannot be configured as {value}: {error}");
                    Error::new(ErrorKind::InvalidInput, what).caused_by(error)
                })?;
            }
        }
        Ok(step)
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: Runnable> Runnable for Configurable<R> {
    type Input = R::Input;
    type Output = R::Output;

    async fn run(&self, input: R::Input, cx: Context) -> Result<R::Output> {
        cx.at(Place::Anywhere).invoke_inline(&self.configured(&cx)?, input).await
    }

    fn run_stream(&self, input: R::Input, cx: Context) -> ChunkStream<R::Output> {
        match self.configured(&cx) {
            Ok(step) => cx.at(Place::Anywhere).stream(&step, input),
            Err(error) => ChunkStream::error(error),
        }
    }

    /// What changes does not depend on the input, so that is not waited for.
    fn run_transform(&self, input: ChunkStream<R::Input>, cx: Context) -> ChunkStream<R::Output> {
        match self.configured(&cx) {
            Ok(step) => cx.at(Place::Anywhere).transform(&step, input),
            Err(error) => ChunkStream::error(error),
        }
    }

    fn info(&self) -> StepInfo {
        self.step.info()
    }

    fn structure(&self) -> Structure {
        let keys: Vec<_> = self.fields.iter().map(|field| field.key.clone()).collect();
        let options = vec![(keys.join(","), self.step.graph())];
        Structure::Configurable { keys, options }
    }

    fn steps(&self) -> usize {
        0
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

impl<R: Clone> Clone for Configurable<R> {
    fn clone(&self) -> Self {
        Self { step: self.step.clone(), fields: self.fields.clone() }
    }
}

impl<R: fmt::Debug> fmt::Debug for Configurable<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.fields.iter().map(|field| &field.key).collect::<Vec<_>>();
        f.debug_struct("Configurable").field("step", &self.step).field("keys", &keys).finish()
    }
}
