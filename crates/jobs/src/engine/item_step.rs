//! [`ItemStep`]: the chain of a job, as the step of a batch.

use std::{fmt, sync::Arc, task::Poll};

use futures_util::{
    FutureExt,
    future::{self, Either},
};
use runnable_core::{
    Chunk, ChunkStream, Chunked, InputStream, Links, Result, RunConfig, RunContext, Runnable,
    RunnableExt, Runs, StepInfo, Structure,
    combinators::{Retry, RetryPolicy, WithConfig},
};
use serde::{Serialize, Serializer};

use super::attempt::{Attempt, stopped};
use crate::checkpoint::CurrentItem;

/// The chain of a job, as the step of a batch. Each call has its own item and its own sums of
/// usage.
///
/// It has no run of its own, so listeners observe the runs of the chain only.
#[derive(Clone)]
pub(super) struct ItemStep<R> {
    chain: Retry<Attempt<R>>,
}

/// The input of an item, with the item. In events, it is the input.
#[derive(Clone)]
pub(super) struct ItemInput<T> {
    pub(super) input: T,
    pub(super) item: Arc<CurrentItem>,
}

impl<R: Runnable<Input: Clone>> ItemStep<R> {
    pub(super) fn new(chain: R, retry: RetryPolicy) -> Self {
        Self { chain: Attempt::new(chain).with_retry(retry) }
    }

    fn configured(&self, item: &Arc<CurrentItem>) -> WithConfig<Retry<Attempt<R>>> {
        let config = RunConfig::new().resource(Arc::clone(item)).listener(item.meter.clone());
        self.chain.clone().with_config(config)
    }
}

/// Completes if the item waits for its next attempt, and the job stops or has stopped.
///
/// It must be polled after the call, because the call may begin to wait.
async fn waits_after_stop(item: Arc<CurrentItem>) {
    item.control.stopping().await;
    future::poll_fn(|_| if item.is_waiting() { Poll::Ready(()) } else { Poll::Pending }).await;
}

#[deny(clippy::missing_trait_methods)]
impl<R: Runnable<Input: Clone>> Runnable for ItemStep<R> {
    type Input = ItemInput<R::Input>;
    type Output = R::Output;

    async fn run(&self, input: ItemInput<R::Input>, cx: RunContext) -> Result<R::Output> {
        let ItemInput { input, item } = input;
        let chain = self.configured(&item);
        let call = chain.run(input, cx).boxed();
        let waits = waits_after_stop(Arc::clone(&item)).boxed();
        match future::select(call, waits).await {
            Either::Left((result, _)) => result,
            Either::Right(((), call)) => {
                drop(call);
                Err(stopped(&item))
            }
        }
    }

    /// The items of a batch are not streamed.
    fn run_stream(&self, input: ItemInput<R::Input>, cx: RunContext) -> ChunkStream<R::Output> {
        self.configured(&input.item).run_stream(input.input, cx)
    }

    fn run_transform(
        &self,
        input: InputStream<ItemInput<R::Input>>,
        cx: RunContext,
    ) -> ChunkStream<R::Output> {
        let step = self.clone();
        input.concat_then(move |input| step.run_stream(input, cx))
    }

    fn info(&self) -> StepInfo {
        self.chain.info()
    }

    fn structure(&self) -> Structure {
        self.chain.structure()
    }

    /// The configured chain has no run of its own, either.
    fn runs(&self) -> Runs {
        Runs::Transparent
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}

impl<T: Serialize> Serialize for ItemInput<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.input.serialize(serializer)
    }
}

impl<T> fmt::Debug for ItemInput<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemInput").field("key", &self.item.key).finish_non_exhaustive()
    }
}

impl<T: Chunked + Clone> Chunk for ItemInput<T> {
    type Whole = Self;

    fn merge(&mut self, next: Self) {
        *self = next;
    }
}

impl<T: Chunked + Clone> Chunked for ItemInput<T> {
    type Chunk = Self;

    fn into_chunk(self) -> Self {
        self
    }

    fn from_chunk(chunk: Self) -> Result<Self> {
        Ok(chunk)
    }
}
