//! A call for many inputs.

use std::{
    fmt,
    pin::Pin,
    task::{self, Poll, ready},
};

use futures_core::Stream;
use futures_util::{StreamExt, future, stream, stream::BoxStream};

use super::invoke;
use crate::{Config, Result, Runnable};

/// The call of a step on many inputs: a future of one result for each, in their order. Made by
/// [`RunnableExt::batch`](crate::RunnableExt::batch).
///
/// Every item is a run of its own, from first step to last, without waiting for the others; one
/// that fails does not touch the others. Dropping the future cancels all that run.
#[must_use = "a call does nothing until it is awaited"]
pub struct Batch<R: Runnable> {
    results: Vec<Option<Result<R::Output>>>,
    completed: BatchAsCompleted<R>,
}

impl<R: Runnable> Batch<R> {
    pub(crate) fn new(step: R, inputs: Vec<R::Input>) -> Self {
        let results = inputs.iter().map(|_| None).collect();
        Self { results, completed: BatchAsCompleted::new(step, inputs) }
    }

    /// Configures the run of every item. Without effect once the call has been polled.
    pub fn config(mut self, config: impl Into<Config>) -> Self {
        self.completed = self.completed.config(config);
        self
    }

    /// How many items run at once; all of them if it is not said.
    ///
    /// With 0, every item is an error of kind
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn max_concurrency(mut self, limit: usize) -> Self {
        self.completed = self.completed.max_concurrency(limit);
        self
    }
}

impl<R: Runnable> Future for Batch<R> {
    type Output = Vec<Result<R::Output>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        while let Some((index, result)) = ready!(self.completed.poll_next_unpin(cx)) {
            self.results[index] = Some(result);
        }
        Poll::Ready(self.results.drain(..).flatten().collect())
    }
}

impl<R: Runnable> Unpin for Batch<R> {}

/// The call of a step on many inputs: a stream of results as they complete, each with the index of
/// its input. Made by [`RunnableExt::batch_as_completed`](crate::RunnableExt::batch_as_completed).
///
/// Dropping it cancels all that run.
#[must_use = "a stream does nothing until it is polled"]
pub struct BatchAsCompleted<R: Runnable> {
    state: State<R>,
}

enum State<R: Runnable> {
    Ready { step: R, inputs: Vec<R::Input>, config: Config },
    Running(BoxStream<'static, (usize, Result<R::Output>)>),
}

impl<R: Runnable> BatchAsCompleted<R> {
    pub(crate) fn new(step: R, inputs: Vec<R::Input>) -> Self {
        Self { state: State::Ready { step, inputs, config: Config::default() } }
    }

    /// Configures the run of every item. Without effect once the call has been polled.
    pub fn config(mut self, new: impl Into<Config>) -> Self {
        if let State::Ready { config, .. } = &mut self.state {
            *config = new.into();
        }
        self
    }

    /// How many items run at once; all of them if it is not said.
    ///
    /// With 0, every item is an error of kind
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn max_concurrency(mut self, limit: usize) -> Self {
        if let State::Ready { config, .. } = &mut self.state {
            *config = std::mem::take(config).max_concurrency(limit);
        }
        self
    }

    /// The next result, or `None` when there is none left.
    pub fn next(&mut self) -> impl Future<Output = Option<(usize, Result<R::Output>)>> + Send {
        StreamExt::next(self)
    }
}

fn run<R: Runnable>(
    step: R,
    inputs: Vec<R::Input>,
    config: Config,
) -> BoxStream<'static, (usize, Result<R::Output>)> {
    let inputs = inputs.into_iter().enumerate();
    match config.concurrency() {
        Ok(limit) => stream::iter(inputs)
            .map(move |(index, input)| {
                let call = invoke::run(step.clone(), input, config.for_item());
                async move { (index, call.await) }
            })
            .buffer_unordered(limit.unwrap_or(usize::MAX))
            .boxed(),
        Err(error) => stream::iter(inputs)
            .then(move |(index, _)| future::ready((index, Err(error.clone()))))
            .boxed(),
    }
}

impl<R: Runnable> Stream for BatchAsCompleted<R> {
    type Item = (usize, Result<R::Output>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        if let State::Ready { step, inputs, config } = &mut self.state {
            let (inputs, config) = (std::mem::take(inputs), std::mem::take(config));
            self.state = State::Running(run(step.clone(), inputs, config));
        }
        match &mut self.state {
            State::Running(results) => results.poll_next_unpin(cx),
            State::Ready { .. } => Poll::Ready(None),
        }
    }
}

impl<R: Runnable> Unpin for BatchAsCompleted<R> {}

impl<R: Runnable> fmt::Debug for Batch<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("items", &self.results.len()).finish_non_exhaustive()
    }
}

impl<R: Runnable> fmt::Debug for BatchAsCompleted<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchAsCompleted").finish_non_exhaustive()
    }
}
