//! [`Opened`]: the configuration of a call after it was validated and converted to a context.

use std::{sync::Arc, time::Duration};

use super::run_config::RunConfig;
use crate::{
    Error, ErrorKind, Result, RunContext, Runnable,
    concurrency::{budget::Budget, item_limit::stricter, window::ItemQueue},
    observe::opening::Opening,
    policy::bounds::Bounds,
    protocol::graph_of::graph_of,
};

impl RunConfig {
    /// Returns the configuration for the inputs of a batch. It has no id, because an id is for a
    /// single run.
    pub(crate) fn for_items(self) -> Self {
        Self { run_id: None, ..self }
    }

    pub(crate) fn concurrency(&self) -> Result<Option<usize>> {
        let inherited = self.parent.as_ref().and_then(RunContext::max_concurrency);
        match stricter(self.max_concurrency, inherited) {
            Some(0) => Err(Error::new(
                ErrorKind::InvalidInput,
                "invalid max_concurrency: 0; set it to 1 or more",
            )),
            limit => Ok(limit),
        }
    }

    /// Checks that every configurable key is declared by the step or by a step inside it.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] for an undeclared key.
    pub(crate) fn check_keys(&self, step: &impl Runnable) -> Result<()> {
        if self.configurable.is_empty() {
            return Ok(());
        }
        let graph = graph_of(step);
        let known = graph.configurable_keys();
        let Some(unknown) = self.configurable.keys().find(|key| !known.contains(&***key)) else {
            return Ok(());
        };
        let known: Vec<_> = known.into_iter().map(|key| format!("`{key}`")).collect();
        let message = match &known[..] {
            [] => format!(
                "unknown configurable key `{unknown}`: `{}` has no configurable steps",
                graph.name
            ),
            known => format!(
                "unknown configurable key `{unknown}`: expected one of {}",
                known.join(", ")
            ),
        };
        Err(Error::new(ErrorKind::InvalidInput, message))
    }

    /// Validates the configuration, and converts it to the context of a call of `step`.
    pub(crate) fn open(mut self, step: &impl Runnable) -> Result<Opened> {
        self.check_keys(step)?;
        self.concurrency()?;
        let opening = Some(self.opening()).filter(Opening::has_options).map(Arc::new);
        let bounds = self.bounds.any().cloned().map(Arc::new);
        let parent = self.parent.take().unwrap_or_default();
        let cx = if self.adds_nothing() { parent } else { self.of_call(&parent) };
        Ok(Opened { cx, opening, bounds })
    }

    /// Returns the value that this configuration, or the run that encloses the call, sets for a
    /// key.
    pub(crate) fn configurable_value(&self, key: &str) -> Option<&serde_json::Value> {
        let inherited = || self.parent.as_ref()?.configurable(key);
        self.configurable.get(key).or_else(inherited)
    }

    /// Returns how deep the run of the call is in its tree of runs.
    pub(crate) fn depth(&self) -> u16 {
        self.parent.as_ref().map_or(0, RunContext::depth)
    }

    /// Validates and converts the configuration of one input of a batch. `opened` is the
    /// configuration that all inputs share, with its limit.
    pub(crate) fn open_item(
        self,
        step: &impl Runnable,
        batch: &Self,
        opened: &Opened,
    ) -> Result<Opened> {
        self.check_keys(step)?;
        self.concurrency()?;
        let around = match (&self.parent, &batch.parent) {
            (Some(parent), None) => batch.clone().of_call(parent).limited_by(&opened.cx),
            _ => opened.cx.clone(),
        };
        let opening = self.opening().or(opened.opening.as_deref().cloned().unwrap_or_default());
        let opening = Some(opening).filter(Opening::has_options).map(Arc::new);
        let bounds = match self.bounds.any() {
            Some(own) => {
                let common = opened.bounds.as_deref().cloned().unwrap_or_default();
                Some(Arc::new(common.and(own.clone())))
            }
            None => opened.bounds.clone(),
        };
        let cx = if self.adds_nothing() { around } else { self.of_call(&around) };
        Ok(Opened { cx, opening, bounds })
    }

    /// If this configuration has no parent run, sets the parent run of `other` as its parent run.
    pub(crate) fn inside_as(mut self, other: Option<&Self>) -> Self {
        self.parent = self.parent.or_else(|| other?.parent.clone());
        self
    }

    /// Adds a concurrency limit. The existing limit of this configuration still applies.
    pub(crate) fn limited_to(mut self, limit: Option<usize>) -> Self {
        self.max_concurrency = stricter(self.max_concurrency, limit);
        self
    }

    /// Returns whether this configuration sets a limit that is not inside another limit.
    pub(crate) fn sets_outermost_limit(&self) -> bool {
        let parent = self.parent.as_ref().and_then(RunContext::budget);
        self.max_concurrency.is_some() && parent.is_none()
    }

    /// Returns the options of the run that the call opens.
    pub(crate) fn opening(&self) -> Opening {
        let (name, hooks) = (self.name.clone(), self.hooks.clone());
        Opening { name, run_id: self.run_id, hooks, ..Opening::default() }
    }
}

/// A valid configuration, converted to a context for a call or for all inputs of a batch.
#[derive(Clone, Default)]
pub(crate) struct Opened {
    /// The context in which the run of the call is opened.
    pub(crate) cx: RunContext,
    pub(crate) opening: Option<Arc<Opening>>,
    pub(crate) bounds: Option<Arc<Bounds>>,
}

impl Opened {
    /// Returns the configuration for one input of a batch. If the run is observed, the
    /// configuration contains the index of the input, and how long the input has waited.
    #[inline]
    pub(crate) fn at_index(
        shared: Arc<Result<Self>>,
        index: usize,
        queue: ItemQueue,
    ) -> Arc<Result<Self>> {
        match &*shared {
            Ok(opened) if opened.is_watched() => {
                Arc::new(Ok(opened.with_index(index, queue.waited(index))))
            }
            _ => shared,
        }
    }

    #[inline]
    fn is_watched(&self) -> bool {
        self.cx.is_watched() || self.opening.as_deref().is_some_and(Opening::is_hooked)
    }

    #[cold]
    fn with_index(&self, index: usize, queued: Duration) -> Self {
        let opening = self.opening.as_deref().cloned().unwrap_or_default();
        let opening = Some(Arc::new(Opening { index: Some(index), queued, ..opening }));
        Self { opening, ..self.clone() }
    }

    /// Validates the configuration of a call of `step`, and converts it to a context. Also returns
    /// the budget of the call if the call sets the outermost limit.
    ///
    /// Most calls have no configuration, so nothing has to be done for them.
    #[inline]
    pub(crate) fn call(
        config: Option<Box<RunConfig>>,
        step: &impl Runnable,
    ) -> (Result<Self>, Option<Budget>) {
        let Some(config) = config else {
            return (Ok(Self::default()), None);
        };
        let sets_limit = config.sets_outermost_limit();
        let opened = config.open(step);
        let budget = Self::budget(&opened, sets_limit);
        (opened, budget)
    }

    /// Returns whether the call is not inside a run.
    pub(crate) fn is_root(&self) -> bool {
        self.cx.depth() == 0
    }

    /// Returns the budget of a call if the call sets the outermost limit.
    pub(crate) fn budget(opened: &Result<Self>, sets_limit: bool) -> Option<Budget> {
        opened.as_ref().ok().filter(|_| sets_limit)?.cx.budget().cloned()
    }
}
