//! [`Each`]: a step that runs another step on every item of a list.

use std::{collections::BTreeMap, fmt};

use futures_core::Stream;
use futures_util::{StreamExt, TryStreamExt, future, stream};
use serde::Serialize;

use super::side_by_side::SideBySide;
use crate::{
    ChildPosition, ChunkStream, InputStream, Result, RunConfig, RunContext, Runnable, Runs,
    StepInfo, Structure,
    concurrency::{
        round::Rounds,
        window::{ItemQueue, Window},
    },
    poll::pace::Pace,
    protocol::{graph_of::graph_of, links::Links},
};

/// A step that runs another step on every item of a list.
///
/// Created by [`RunnableExt::each`](crate::RunnableExt::each). Items run concurrently, up to the
/// [`max_concurrency`](crate::RunConfig::max_concurrency) of the call. By default, all items run at
/// once. Outputs keep the order of the items, and are yielded as soon as the outputs before them
/// have been yielded.
///
/// # Errors
///
/// Returns the first error of any item, and cancels the other items. If an item panics, the error
/// has the kind [`Panic`](crate::ErrorKind::Panic).
#[doc(alias = "RunnableEach")]
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Each<R> {
    step: R,
}

impl<R> Each<R> {
    pub(crate) fn new(step: R) -> Self {
        Self { step }
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R> Runnable for Each<R>
where
    R: Runnable,
    R::Input: Clone + fmt::Debug + Serialize,
    R::Output: Clone + fmt::Debug + Serialize,
{
    type Input = Vec<R::Input>;
    type Output = Vec<R::Output>;

    async fn run(&self, items: Vec<R::Input>, cx: RunContext) -> Result<Vec<R::Output>> {
        self.run_stream(items, cx).concat().await
    }

    fn run_stream(&self, items: Vec<R::Input>, cx: RunContext) -> ChunkStream<Vec<R::Output>> {
        let step = self.step.clone();
        // A limit that is attached to the step applies to all items of the list together.
        let config =
            RunConfig::new().limited_to(step.info().limit.for_call(|key| cx.configurable(key)));
        let inside = match config.max_concurrency {
            Some(_) => config.of_step(&cx),
            None => cx.clone(),
        };
        let budget = inside.budget().filter(|_| cx.budget().is_none()).cloned();
        let shared = inside.budget().cloned();
        let (limit, cx) = (inside.max_concurrency().unwrap_or(usize::MAX), inside);
        let queue = ItemQueue::of(items.len(), limit);
        let runs = stream::iter(items).enumerate().map(move |(index, item)| {
            let (step, cx) = (step.clone(), cx.clone());
            async move {
                let scope = cx.child(ChildPosition::Untagged).item(index);
                scope.queued(queue.waited(index)).invoke_caught(&step, item).await
            }
        });
        let runs = runs.enumerate().map(numbered);
        let completed = Window::new(runs, limit, shared.as_ref()).boxed();
        let completed = Rounds::new(budget.as_ref(), completed);
        let completed = SideBySide::new(completed, |(_, result)| result.is_err());
        ChunkStream::new(in_order(completed).map_ok(|output| vec![output]))
    }

    /// Waits for the complete list, so that the start event of the run contains it.
    fn run_transform(
        &self,
        items: InputStream<Vec<R::Input>>,
        cx: RunContext,
    ) -> ChunkStream<Vec<R::Output>> {
        let step = self.clone();
        items.concat_then(move |items| step.run_stream(items, cx))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(format!("RunnableEach<{}>", self.step.info().name()))
    }

    fn structure(&self) -> Structure {
        Structure::Parallel(vec![("each".to_owned(), graph_of(&self.step))])
    }

    fn runs(&self) -> Runs {
        Runs::Own
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}

async fn numbered<T>((index, run): (usize, impl Future<Output = Result<T>>)) -> (usize, Result<T>) {
    (index, run.await)
}

/// Yields results in the order of their items. An error is yielded immediately.
///
/// The adapter `buffered` does not suffice, because it starts no further item while a completed
/// item waits for an earlier item.
fn in_order<T>(
    completed: impl Stream<Item = (usize, Result<T>)> + Unpin,
) -> impl Stream<Item = Result<T>> {
    let state = (completed, Pace::new(), BTreeMap::new(), 0);
    stream::try_unfold(state, |(mut completed, mut pace, mut waiting, next)| async move {
        loop {
            if let Some(output) = waiting.remove(&next) {
                return Ok(Some((output, (completed, pace, waiting, next + 1))));
            }
            let item = future::poll_fn(|cx| pace.poll(cx, |cx| completed.poll_next_unpin(cx)));
            match item.await {
                Some((index, output)) => waiting.insert(index, output?),
                None => return Ok(None),
            };
        }
    })
}
