//! A step of which not too many runs are open at once.

use futures_util::FutureExt;

use crate::{
    ChildPosition, ChunkStream, Error, ErrorKind, Result, RunContext, Runnable, StepInfo,
    Structure,
    links::Links,
    turns::{Taken, Turns},
};

/// A step of which so many runs at most are open at once, over all calls and all clones of it. Made
/// by [`RunnableExt::with_concurrency_limit`](crate::RunnableExt::with_concurrency_limit).
///
/// It is no run of its own: the step's run starts when it is its turn. It takes its turn when it has
/// its whole input, and its turn is over when its output has ended or is dropped. While it waits it
/// has no part in the call's [`max_concurrency`](crate::RunConfig::max_concurrency).
///
/// Where such a step calls itself, the inner run takes the turn of the outer, which waits for it: of
/// runs inside each other the innermost count, and an outer one that goes on does not wait again.
///
/// A turn that is not given back is waited for: by who does not read a stream of the step to its end
/// before it calls the step again, or by two steps with limits that call each other.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] where the limit is 0.
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

    /// Waits for a turn.
    async fn enter(&self, cx: RunContext) -> Result<(Taken, RunContext)> {
        if self.limit == 0 {
            let what = "with_concurrency_limit is 0, so the step could never run: set at least 1";
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        let outer = cx.turn(&self.turns).cloned();
        let taken = self.turns.enter(outer, cx.lease()).await;
        let cx = cx.in_turn(&taken.turn);
        Ok((taken, cx))
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: Runnable> Runnable for ConcurrencyLimit<R> {
    type Input = R::Input;
    type Output = R::Output;

    async fn run(&self, input: R::Input, cx: RunContext) -> Result<R::Output> {
        let (_taken, cx) = self.enter(cx).await?;
        cx.child(ChildPosition::Untagged).invoke_inline(&self.step, input).await
    }

    fn run_stream(&self, input: R::Input, cx: RunContext) -> ChunkStream<R::Output> {
        let limited = self.clone();
        let chunks = async move {
            match limited.enter(cx).await {
                Ok((taken, cx)) => {
                    cx.child(ChildPosition::Untagged).stream(&limited.step, input).holding(taken)
                }
                Err(error) => ChunkStream::error(error),
            }
        };
        ChunkStream::new(chunks.boxed().flatten_stream())
    }

    /// Needs the whole input: a step before it could wait for a turn of this one, too.
    fn run_transform(
        &self,
        input: ChunkStream<R::Input>,
        cx: RunContext,
    ) -> ChunkStream<R::Output> {
        cx.concat_then(self, input)
    }

    fn info(&self) -> StepInfo {
        self.step.info()
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
