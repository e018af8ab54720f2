//! A step with a configuration.

use std::sync::Arc;

use crate::{
    ChildPosition, ChunkStream, Chunked, Error, Result, RunConfig, RunContext, Runnable, StepInfo,
    Structure,
    budget::Budget,
    calls::{Bounds, Passed},
    context::Pending,
    links::Links,
    node::bounded_node,
    round::Rounds,
};

/// A step that has a configuration whoever calls it. Made by
/// [`RunnableExt::with_config`](crate::RunnableExt::with_config).
///
/// It is no run of its own. What the configuration says holds for the step's run as if its call had
/// been given it:
///
/// * a name, an id, and the listeners `on_start`, `on_end` and `on_error` for that run alone;
/// * tags, metadata, configurable values, and the listeners of [`RunConfig::listener`], for it and the
///   runs inside it;
/// * a time limit and a token for the step: an error of kind [`Timeout`](crate::ErrorKind::Timeout)
///   has the phase [`Step`](crate::TimeoutPhase::Step), and its path names the step.
///
/// A `max_concurrency` holds beside that of the call, for each run of the step; a batch of the step
/// has no more items at work than it says.
///
/// Where the call says something else, the call has its way; what adds up is in the table of
/// [merging](RunConfig#merging). So the listeners of the step, of every further `with_config` around it,
/// and of the call are all called. If the step is no run of its own, such as a router, it is the run
/// that stands in its place that is meant. A context that the configuration was made of has no
/// effect: the step is called from where its call is.
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct WithConfig<R> {
    step: R,
    config: RunConfig,
    /// Why no call can have this configuration.
    refused: Option<Error>,
}

impl<R: Runnable> WithConfig<R> {
    pub(crate) fn new(step: R, config: RunConfig) -> Self {
        let refused = config.concurrency().and_then(|_| config.check_keys(&step)).err();
        Self { step, config, refused }
    }

    /// The context that the step is called in, and its budget if this brings the outermost limit.
    ///
    /// # Errors
    ///
    /// When the configuration is one that no call can have.
    fn inside(&self, cx: &RunContext) -> Result<(RunContext, Option<Budget>)> {
        if let Some(error) = &self.refused {
            return Err(error.clone());
        }
        let Pending { place, opening, .. } = cx.pending().cloned().unwrap_or_default();
        let outer = opening.as_deref().cloned().unwrap_or_default();
        let opening = Arc::new(outer.or(self.config.opening()));
        let inside = cx.inheriting_by_default(&self.config).handed_on(place, Some(opening));
        let budget = inside.budget().filter(|_| cx.budget().is_none()).cloned();
        Ok((inside, budget))
    }

    /// Keeps a stream within the bounds of the step.
    fn bounded(&self, chunks: ChunkStream<R::Output>, cx: RunContext) -> ChunkStream<R::Output> {
        let Some(bounds) = self.config.bounds() else {
            return chunks;
        };
        let this = self.clone();
        Bounds::stream(Some(bounds), chunks, move |passed| this.passed(&cx, passed))
    }

    /// The error of a bound, which arose in the step. This is not a run of its own, so it says where.
    fn passed(&self, cx: &RunContext, passed: Passed) -> Error {
        let opening = cx.pending().and_then(|pending| pending.opening.as_ref());
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
        let passed = |passed| self.passed(&cx, passed);
        let call = cx.child(ChildPosition::Untagged).invoke_inline(&self.step, input);
        let call = Bounds::future(self.config.bounds(), call, passed);
        Rounds::new(budget.as_ref(), call).await
    }

    fn run_stream(&self, input: R::Input, cx: RunContext) -> ChunkStream<R::Output> {
        match self.inside(&cx) {
            Ok((cx, budget)) => {
                let bounded = |cx: RunContext| {
                    self.bounded(cx.child(ChildPosition::Untagged).stream(&self.step, input), cx)
                };
                in_rounds(budget, bounded_node(&cx, self.config.bounds().is_some(), bounded))
            }
            Err(error) => ChunkStream::error(error),
        }
    }

    fn run_transform(
        &self,
        input: ChunkStream<R::Input>,
        cx: RunContext,
    ) -> ChunkStream<R::Output> {
        match self.inside(&cx) {
            Ok((cx, budget)) => {
                let bounded = |cx: RunContext| {
                    self.bounded(cx.child(ChildPosition::Untagged).transform(&self.step, input), cx)
                };
                in_rounds(budget, bounded_node(&cx, self.config.bounds().is_some(), bounded))
            }
            Err(error) => ChunkStream::error(error),
        }
    }

    fn info(&self) -> StepInfo {
        let mut info = self.step.info();
        info.limit = info.limit.bound(&self.config.configurable);
        if let Some(limit) = self.config.own_limit() {
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

    fn steps(&self) -> usize {
        0
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}
