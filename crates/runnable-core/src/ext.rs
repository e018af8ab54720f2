//! The [`RunnableExt`] trait: what the user of a step has.

use futures_core::Stream;

use crate::{
    ChunkStream, Chunked, DynRunnable, Result, Runnable,
    calls::{Batch, BatchAsCompleted, Invoke, RunStream},
    combinators::Sequence,
};

/// Calls and combinations of every [`Runnable`].
///
/// A call does nothing until it is awaited or polled, and dropping it cancels it. Before that, its
/// `config` method takes a [`Config`](crate::Config).
pub trait RunnableExt: Runnable {
    /// Runs this step on a whole input, for its whole output.
    ///
    /// # Errors
    ///
    /// Awaited, it gives the first [`Error`](crate::Error) of any step inside.
    fn invoke(&self, input: impl Into<Self::Input>) -> Invoke<Self> {
        Invoke::new(self.clone(), input.into())
    }

    /// Runs this step on a whole input, for its output as it grows.
    ///
    /// Merging the chunks gives what [`invoke`](Self::invoke) gives.
    fn stream(&self, input: impl Into<Self::Input>) -> RunStream<Self::Output> {
        RunStream::stream(self.clone(), input.into())
    }

    /// Runs this step on an input that is still growing, for its output as it grows.
    fn transform(
        &self,
        input: impl Stream<Item = Result<<Self::Input as Chunked>::Chunk>> + Send + 'static,
    ) -> RunStream<Self::Output> {
        RunStream::transform(self.clone(), ChunkStream::new(input))
    }

    /// Runs this step on every input, for one result each, in their order.
    ///
    /// All run at once unless the call is given a
    /// [`max_concurrency`](crate::calls::Batch::max_concurrency).
    fn batch<I>(&self, inputs: I) -> Batch<Self>
    where
        I: IntoIterator<Item: Into<Self::Input>>,
    {
        Batch::new(self.clone(), inputs.into_iter().map(Into::into).collect())
    }

    /// Runs this step on every input, for their results as they complete, with their index.
    fn batch_as_completed<I>(&self, inputs: I) -> BatchAsCompleted<Self>
    where
        I: IntoIterator<Item: Into<Self::Input>>,
    {
        BatchAsCompleted::new(self.clone(), inputs.into_iter().map(Into::into).collect())
    }

    /// Feeds this step's output to `next`, chunk by chunk as far as `next` can take them.
    ///
    /// However piped together, the steps of a chain are one flat sequence.
    fn pipe<R>(self, next: R) -> Sequence<Self, R>
    where
        R: Runnable<Input = Self::Output>,
    {
        Sequence::new(self, next)
    }

    /// Erases the type of this step, leaving only what it takes and gives.
    fn into_dyn(self) -> DynRunnable<Self::Input, Self::Output> {
        DynRunnable::new(self)
    }
}

impl<R: Runnable> RunnableExt for R {}
