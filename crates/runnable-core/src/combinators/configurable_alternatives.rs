//! [`ConfigurableAlternatives`]: several steps, one of which the configuration of a call selects by
//! name.

use std::{borrow::Cow, fmt};

use serde_json::Value;

use crate::{
    ChildPosition, ChunkStream, Chunked, DynRunnable, Error, ErrorKind, InputStream, Result,
    RunContext, Runnable, Runs, Scope, StepInfo, Structure,
    protocol::{graph_of::graph_of, links::Links},
};

/// Several named steps. Each call can select one of them.
///
/// Created by
/// [`RunnableExt::configurable_alternatives`](crate::RunnableExt::configurable_alternatives). A
/// call selects a step with [`RunConfig::configurable`](crate::RunConfig::configurable). The
/// default is the first step. This wrapper does not have its own run, and streams in the same way
/// as the selected step. The [`choice`](crate::Run::choice) of the run of the selected step is the
/// key and the name, such as `model=small`.
///
/// # Errors
///
/// Returns [`ErrorKind::InvalidInput`] if the call names an unknown step. The message lists the
/// known names.
#[doc(alias = "RunnableConfigurableAlternatives")]
#[must_use = "a chain does nothing until it is run"]
pub struct ConfigurableAlternatives<I, O> {
    key: String,
    /// The named steps. The first is the default.
    members: Vec<(Cow<'static, str>, DynRunnable<I, O>)>,
}

impl<I: Chunked, O: Chunked> ConfigurableAlternatives<I, O> {
    pub(crate) fn new(key: String, name: Cow<'static, str>, default: DynRunnable<I, O>) -> Self {
        Self { key, members: vec![(name, default)] }
    }

    /// Adds a step. If the name is in use, the step replaces the existing step.
    pub fn with<R>(mut self, name: impl Into<Cow<'static, str>>, step: R) -> Self
    where
        R: Runnable<Input = I, Output = O>,
    {
        let (name, step) = (name.into(), DynRunnable::new(step));
        match self.members.iter_mut().find(|(other, _)| *other == name) {
            Some((_, taken)) => *taken = step,
            None => self.members.push((name, step)),
        }
        self
    }

    /// Returns the scope in which the step called `name` is called.
    fn scope<'a>(&self, cx: &'a RunContext, name: &str) -> Scope<'a> {
        cx.child(ChildPosition::Untagged).choosing(|| format!("{}={name}", self.key))
    }

    /// Returns the step that the call selects, or the default, with its name.
    fn chosen(&self, cx: &RunContext) -> Result<&(Cow<'static, str>, DynRunnable<I, O>)> {
        let requested = cx.configurable(&self.key);
        let chosen = match requested {
            None => self.members.first(),
            Some(Value::String(requested)) => {
                self.members.iter().find(|(name, _)| name == requested)
            }
            Some(_) => None,
        };
        let unknown = || {
            let known: Vec<_> = self.members.iter().map(|(name, _)| format!("`{name}`")).collect();
            let (key, known) = (&self.key, known.join(", "));
            let requested = match requested {
                Some(Value::String(requested)) => format!("`{requested}`"),
                other => other.map(Value::to_string).unwrap_or_default(),
            };
            let message =
                format!("unknown alternative {requested} for `{key}`: expected one of {known}");
            Error::new(ErrorKind::InvalidInput, message)
        };
        chosen.ok_or_else(unknown)
    }
}

#[deny(clippy::missing_trait_methods)]
impl<I: Chunked, O: Chunked> Runnable for ConfigurableAlternatives<I, O> {
    type Input = I;
    type Output = O;

    async fn run(&self, input: I, cx: RunContext) -> Result<O> {
        let (name, step) = self.chosen(&cx)?;
        self.scope(&cx, name).invoke_inline(step, input).await
    }

    fn run_stream(&self, input: I, cx: RunContext) -> ChunkStream<O> {
        match self.chosen(&cx) {
            Ok((name, step)) => self.scope(&cx, name).stream(step, input),
            Err(error) => ChunkStream::error(error),
        }
    }

    /// Does not wait for the complete input, because the choice of the step does not depend on it.
    fn run_transform(&self, input: InputStream<I>, cx: RunContext) -> ChunkStream<O> {
        match self.chosen(&cx) {
            Ok((name, step)) => self.scope(&cx, name).transform(step, input.into_chunks()),
            Err(error) => ChunkStream::error(error),
        }
    }

    fn info(&self) -> StepInfo {
        let limits = self.members.iter().map(|(name, step)| (name.clone(), step.info().limit));
        StepInfo::new("RunnableConfigurableAlternatives")
            .limited_by_choice(&self.key, limits.collect())
    }

    fn structure(&self) -> Structure {
        let label = |name| format!("{}={name}", self.key);
        let members = self.members.iter();
        Structure::Configurable {
            keys: vec![self.key.clone()],
            options: members.map(|(name, step)| (label(name), graph_of(step))).collect(),
        }
    }

    fn runs(&self) -> Runs {
        Runs::Transparent
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}

impl<I, O> Clone for ConfigurableAlternatives<I, O> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), members: self.members.clone() }
    }
}

impl<I, O> fmt::Debug for ConfigurableAlternatives<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigurableAlternatives")
            .field("key", &self.key)
            .field("members", &self.members)
            .finish()
    }
}
