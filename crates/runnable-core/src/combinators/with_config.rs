//! [`WithConfig`]: a step with a configuration.

use std::sync::Arc;

use crate::{
    ChildPosition, ChunkStream, Chunked, Error, InputStream, Result, RunConfig, RunContext,
    Runnable, Runs, Scope, StepInfo, Structure,
    concurrency::{budget::Budget, round::Rounds},
    policy::bounds::{Bounds, Passed},
    protocol::links::Links,
    scope::bounded_node::bounded_node,
};

/// A step with a configuration that applies to every call of the step.
///
/// Created by [`RunnableExt::with_config`](crate::RunnableExt::with_config). It does not have its
/// own run. The configuration applies to the run of the wrapped step, as if the call of that step
/// had set it:
///
/// | setting | applies to |
/// |---|---|
/// | name, id, `on_start`, `on_end`, `on_error` | the run of the step |
/// | tags, metadata, configurable values, [listeners](RunConfig::listener) | the run of the step and the runs inside it |
/// | time limit, cancellation token | the step |
/// | `max_concurrency` | each run of the step, and the number of inputs of a batch |
///
/// If the configuration of the call sets different values, the table of
/// [merging](RunConfig#merging) says which value applies. If a setting can have only one value, the
/// value of the call applies. Tags, listeners and limits of both apply. An outer `with_config`
/// counts as the call.
///
/// If the wrapped step is transparent, such as a router, the configuration applies to the run of
/// the step that is called in its place. If the configuration was created from a context, that
/// context has no effect.
///
/// # Errors
///
/// An error of the time limit has the kind [`Timeout`](crate::ErrorKind::Timeout) and the phase
/// [`Step`](crate::TimeoutPhase::Step), and its path contains the name of the step.
#[doc(alias("RunnableBinding", "bind"))]
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct WithConfig<R> {
    step: R,
    config: RunConfig,
    /// The error that every call returns. `None` if the configuration is valid.
    refused: Option<Error>,
}

impl<R: Runnable> WithConfig<R> {
    pub(crate) fn new(step: R, config: RunConfig) -> Self {
        let refused = config.concurrency().and_then(|_| config.check_keys(&step)).err();
        Self { step, config, refused }
    }

    /// Returns the context in which the step is called. Also returns the budget, which enforces the
    /// concurrency limit, if this configuration sets the outermost limit.
    ///
    /// # Errors
    ///
    /// Returns the error of an invalid configuration.
    fn inside(&self, cx: &RunContext) -> Result<(RunContext, Option<Budget>)> {
        if let Some(error) = &self.refused {
            return Err(error.clone());
        }
        let around = cx.handed_on();
        let place = around.map(|around| around.place.clone()).unwrap_or_default();
        let outer =
            around.and_then(|around| around.opening.as_deref().cloned()).unwrap_or_default();
        let opening = Arc::new(outer.or(self.config.opening()));
        let inside = self.config.of_step(cx).handing_on(place, Some(opening));
        let budget = inside.budget().filter(|_| cx.budget().is_none()).cloned();
        Ok((inside, budget))
    }

    /// Calls the step, and returns a stream of its chunks that ends early if the time limit or the
    /// token of the step ends it.
    fn bounded(
        &self,
        cx: RunContext,
        call: impl FnOnce(Scope<'_>) -> ChunkStream<R::Output>,
    ) -> ChunkStream<R::Output> {
        let bounds = self.config.bounds.any();
        let (cx, clock) = cx.timed(bounds);
        let chunks = call(cx.child(ChildPosition::Untagged));
        if bounds.is_none() {
            return chunks;
        }
        let this = self.clone();
        Bounds::stream(bounds, clock, chunks, move |passed| this.passed(&cx, passed))
    }

    /// Returns the error for a limit that was exceeded or a token that was cancelled. Adds the name
    /// of the step to the path, because this wrapper has no run whose scope would add it.
    fn passed(&self, cx: &RunContext, passed: Passed) -> Error {
        let opening = cx.handed_on().and_then(|around| around.opening.as_ref());
        let name = opening.and_then(|opening| opening.name.clone());
        let name = || name.unwrap_or_else(|| self.step.info().name);
        passed.by_step().leave(cx.depth(), name, None)
    }
}

fn in_rounds<T: Chunked>(budget: Option<Budget>, chunks: ChunkStream<T>) -> ChunkStream<T> {
    match budget {
        Some(budget) => ChunkStream::new(Rounds::new(Some(&budget), chunks)),
        None => chunks,
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: Runnable> Runnable for WithConfig<R> {
    type Input = R::Input;
    type Output = R::Output;

    async fn run(&self, input: R::Input, cx: RunContext) -> Result<R::Output> {
        let (cx, budget) = self.inside(&cx)?;
        let bounds = self.config.bounds.any();
        let (cx, clock) = cx.timed(bounds);
        let passed = |passed| self.passed(&cx, passed);
        let call = cx.child(ChildPosition::Untagged).invoke_inline(&self.step, input);
        let call = Bounds::future(bounds, clock, call, passed);
        Rounds::new(budget.as_ref(), call).await
    }

    fn run_stream(&self, input: R::Input, cx: RunContext) -> ChunkStream<R::Output> {
        match self.inside(&cx) {
            Ok((cx, budget)) => {
                let call = |scope: Scope<'_>| scope.stream(&self.step, input);
                let bounded = |cx| self.bounded(cx, call);
                in_rounds(budget, bounded_node(&cx, self.config.bounds.any().is_some(), bounded))
            }
            Err(error) => ChunkStream::error(error),
        }
    }

    fn run_transform(
        &self,
        input: InputStream<R::Input>,
        cx: RunContext,
    ) -> ChunkStream<R::Output> {
        match self.inside(&cx) {
            Ok((cx, budget)) => {
                let call = |scope: Scope<'_>| scope.transform(&self.step, input.into_chunks());
                let bounded = |cx| self.bounded(cx, call);
                in_rounds(budget, bounded_node(&cx, self.config.bounds.any().is_some(), bounded))
            }
            Err(error) => ChunkStream::error(error),
        }
    }

    fn info(&self) -> StepInfo {
        let mut info = self.step.info();
        info.limit = info.limit.bound(&self.config.configurable);
        if let Some(limit) = self.config.max_concurrency {
            info = info.max_concurrency(limit);
        }
        match self.config.opening().name {
            Some(name) => info.renamed(name),
            None => info,
        }
    }

    fn structure(&self) -> Structure {
        self.step.structure()
    }

    fn runs(&self) -> Runs {
        Runs::Transparent
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
