//! [`ConcurrencyLimit`]: a step with a limit on its concurrent runs.

use std::time::Duration;

use futures_util::FutureExt;

use crate::{
    ChildPosition, ChunkStream, Error, ErrorKind, InputStream, Result, RunContext, Runnable, Runs,
    StepInfo, Structure,
    concurrency::step_turns::{Taken, Turns},
    protocol::links::Links,
};

/// A step with a limit on its concurrent runs. All calls and all clones share the limit.
///
/// Created by [`RunnableExt::with_concurrency_limit`](crate::RunnableExt::with_concurrency_limit),
/// which describes the order of wrappers and possible deadlocks. It does not have its own run: the
/// run of the wrapped step starts when it has a permit.
///
/// A run acquires its permit when its input is complete, and releases it when its output has ended
/// or is dropped. While the run waits for a permit, it does not count for the
/// [`max_concurrency`](crate::RunConfig::max_concurrency) of the call.
///
/// If a limited step calls itself, the inner run borrows the permit of the outer run, because the
/// outer run waits for the inner run. The outer run continues afterwards without waiting for a
/// permit again.
///
/// A run that never releases its permit blocks the other runs. This happens if you hold an
/// unfinished stream of the step while you wait for another run of the same step, or if two limited
/// steps call each other.
///
/// # Errors
///
/// Returns [`ErrorKind::InvalidInput`] from every call if the limit is 0.
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct ConcurrencyLimit<R> {
    step: R,
    limit: usize,
    turns: Turns,
}

impl<R: Runnable> ConcurrencyLimit<R> {
    pub(crate) fn new(step: R, limit: usize) -> Self {
        Self { step, limit, turns: Turns::new(limit) }
    }

    /// Waits for a permit of this limit. Returns the permit, the context for the inner step, and
    /// the duration of the wait.
    async fn enter(&self, cx: RunContext) -> Result<(Taken, RunContext, Duration)> {
        if self.limit == 0 {
            let message = "invalid with_concurrency_limit: 0; set it to 1 or more";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let outer = cx.turn(&self.turns).cloned();
        let (taken, waited) = self.turns.enter(outer, cx.lease()).await;
        let cx = cx.in_turn(&taken.turn);
        Ok((taken, cx, waited))
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: Runnable> Runnable for ConcurrencyLimit<R> {
    type Input = R::Input;
    type Output = R::Output;

    async fn run(&self, input: R::Input, cx: RunContext) -> Result<R::Output> {
        let (_taken, cx, waited) = self.enter(cx).await?;
        cx.child(ChildPosition::Untagged).queued(waited).invoke_inline(&self.step, input).await
    }

    fn run_stream(&self, input: R::Input, cx: RunContext) -> ChunkStream<R::Output> {
        let limited = self.clone();
        let chunks = async move {
            match limited.enter(cx).await {
                Ok((taken, cx, waited)) => {
                    let scope = cx.child(ChildPosition::Untagged).queued(waited);
                    scope.stream(&limited.step, input).holding(taken)
                }
                Err(error) => ChunkStream::error(error),
            }
        };
        ChunkStream::new(chunks.boxed().flatten_stream())
    }

    /// Waits for the complete input before it waits for a permit, because a previous step may need
    /// a permit of the same limit.
    fn run_transform(
        &self,
        input: InputStream<R::Input>,
        cx: RunContext,
    ) -> ChunkStream<R::Output> {
        let step = self.clone();
        input.concat_then(move |input| step.run_stream(input, cx))
    }

    fn info(&self) -> StepInfo {
        self.step.info()
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
