//! [`ItemStep`]: the chain of a job, as the step of a batch.

use std::{fmt, sync::Arc};

use futures_util::{
    FutureExt,
    future::{self, Either},
};
use runnable_core::{
    Chunk, ChunkStream, Chunked, Error, ErrorKind, InputStream, Links, Result, RunConfig,
    RunContext, Runnable, RunnableExt, Runs, StepInfo, Structure,
    combinators::{Retry, RetryPolicy, WithConfig},
};
use serde::{Serialize, Serializer};

use super::attempt::Attempt;
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

/// Completes if the job stops while the item waits for its next attempt.
async fn stopped(item: Arc<CurrentItem>) {
    item.control.stopping().await;
    if !item.is_waiting() {
        // The attempt ends, and is not followed by another attempt.
        future::pending::<()>().await;
    }
}

#[deny(clippy::missing_trait_methods)]
impl<R: Runnable<Input: Clone>> Runnable for ItemStep<R> {
    type Input = ItemInput<R::Input>;
    type Output = R::Output;

    async fn run(&self, input: ItemInput<R::Input>, cx: RunContext) -> Result<R::Output> {
        let ItemInput { input, item } = input;
        item.begin();
        let chain = self.configured(&item);
        let call = chain.run(input, cx).boxed();
        let result = match future::select(call, stopped(Arc::clone(&item)).boxed()).await {
            Either::Left((result, _)) => result,
            Either::Right(((), call)) => {
                drop(call);
                item.stop();
                Err(Error::new(ErrorKind::Cancelled, "the job has stopped"))
            }
        };
        item.end();
        result
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
