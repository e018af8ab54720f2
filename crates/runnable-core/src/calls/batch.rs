//! [`Batch`] and [`BatchAsCompleted`]: calls with many inputs.

use std::{
    fmt, iter, mem,
    pin::Pin,
    sync::Arc,
    task::{self, Poll, ready},
};

use futures_core::Stream;
use futures_util::{StreamExt, stream};

use super::{
    batch_config::BatchConfig,
    running_batch::{RunningBatch, Unpulled},
};
use crate::{Error, ErrorKind, Result, RunConfig, Runnable, config::opened::Opened};

/// The call of a step with many inputs. It is a future that returns one result per input, in input
/// order.
///
/// Created by [`RunnableExt::batch`](crate::RunnableExt::batch). Each input has its own run, and
/// passes through the chain independently of the other inputs. An input that fails does not affect
/// the others. An input that panics fails with an error of kind [`Panic`](ErrorKind::Panic).
/// Dropping the future cancels all inputs that are still running.
///
/// # Panics
///
/// The future panics if it is polled again after it has completed.
#[must_use = "a call does nothing until it is awaited"]
pub struct Batch<R: Runnable> {
    /// The results so far, by the index of the input. `None` after the batch has completed.
    results: Option<Vec<Option<Result<R::Output>>>>,
    completed: BatchAsCompleted<R>,
}

impl<R: Runnable> Batch<R> {
    pub(crate) fn new(step: R, inputs: Vec<R::Input>) -> Self {
        let results = inputs.iter().map(|_| None).collect();
        Self { results: Some(results), completed: BatchAsCompleted::new(step, inputs) }
    }

    /// Adds a configuration to every input. Earlier settings are kept: see
    /// [merging](RunConfig#merging).
    ///
    /// Call this before the future is polled. A later configuration stops the call, and every input
    /// that has not completed fails with an error of kind
    /// [`InvalidInput`](ErrorKind::InvalidInput).
    pub fn config(mut self, config: impl Into<RunConfig>) -> Self {
        self.completed = self.completed.config(config);
        self
    }

    /// Sets one configuration per input, in input order.
    ///
    /// Each configuration is added to the common [`config`](Self::config), as if the call of the
    /// input had both. A `max_concurrency` in the common configuration is a single limit for the
    /// whole batch.
    ///
    /// If the number of configurations differs from the number of inputs, every result is an error
    /// of kind [`InvalidInput`](crate::ErrorKind::InvalidInput).
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let tag = async_lambda(|_: String, cx: RunContext| async move {
    ///     Ok(cx.tags().collect::<String>())
    /// });
    /// let configs = ["a", "b"].map(|tag| RunConfig::new().tag(tag));
    ///
    /// let tags: Result<Vec<_>> = tag.batch(["", ""]).configs(configs).await.into_iter().collect();
    /// assert_eq!(tags?, ["a", "b"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn configs(mut self, configs: impl IntoIterator<Item = RunConfig>) -> Self {
        self.completed = self.completed.configs(configs);
        self
    }

    /// Limits how many inputs run at once, and how many models and functions work at once in all
    /// inputs.
    ///
    /// Equivalent to [`RunConfig::max_concurrency`] in the common configuration. The default is no
    /// limit. If `limit` is 0, every result is an error of kind
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn max_concurrency(mut self, limit: usize) -> Self {
        self.completed = self.completed.max_concurrency(limit);
        self
    }
}

impl<R: Runnable> Future for Batch<R> {
    type Output = Vec<Result<R::Output>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let Self { results: Some(results), completed } = &mut *self else {
            panic!("`Batch` polled after completion");
        };
        while let Some((index, result)) = ready!(completed.poll_next_unpin(cx)) {
            results[index] = Some(result);
        }
        // Every result is present, so use `map_while`, which stops at the first missing result.
        // `flatten` would allocate a second vector.
        let results = self.results.take().unwrap_or_default();
        Poll::Ready(results.into_iter().map_while(|result| result).collect())
    }
}

impl<R: Runnable> Unpin for Batch<R> {}

/// The call of a step with many inputs. It is a stream of results in completion order.
///
/// Created by [`RunnableExt::batch_as_completed`](crate::RunnableExt::batch_as_completed). Each
/// result is paired with the index of its input. Dropping the stream cancels all inputs that are
/// still running.
#[must_use = "a stream does nothing until it is polled"]
pub struct BatchAsCompleted<R: Runnable> {
    state: State<R>,
}

#[allow(
    clippy::large_enum_variant,
    reason = "a batch has a single value of this type, however many inputs it has"
)]
enum State<R: Runnable> {
    Ready { step: R, inputs: Vec<R::Input>, config: RunConfig, each: Option<Vec<RunConfig>> },
    Running(RunningBatch<R::Output>),
}

impl<R: Runnable> BatchAsCompleted<R> {
    pub(crate) fn new(step: R, inputs: Vec<R::Input>) -> Self {
        let (config, each) = (RunConfig::default(), None);
        Self { state: State::Ready { step, inputs, config, each } }
    }

    /// Adds a configuration to every input. Earlier settings are kept: see
    /// [merging](RunConfig#merging).
    ///
    /// Call this before the stream is polled. A later configuration stops the call, and every input
    /// that has not completed yields an error of kind [`InvalidInput`](ErrorKind::InvalidInput).
    /// After the last result, a configuration has no effect.
    pub fn config(mut self, new: impl Into<RunConfig>) -> Self {
        match &mut self.state {
            State::Ready { config, .. } => *config = mem::take(config).merge(new),
            State::Running(batch) => batch.refuse(RunConfig::too_late()),
        }
        self
    }

    /// Sets one configuration per input, in input order.
    ///
    /// Each configuration is added to the common [`config`](Self::config), as if the call of the
    /// input had both. A `max_concurrency` in the common configuration is a single limit for the
    /// whole batch.
    ///
    /// If the number of configurations differs from the number of inputs, every result is an error
    /// of kind [`InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn configs(mut self, configs: impl IntoIterator<Item = RunConfig>) -> Self {
        match &mut self.state {
            State::Ready { each, .. } => *each = Some(configs.into_iter().collect()),
            State::Running(batch) => batch.refuse(RunConfig::too_late()),
        }
        self
    }

    /// Limits how many inputs run at once, and how many models and functions work at once in all
    /// inputs.
    ///
    /// Equivalent to [`RunConfig::max_concurrency`] in the common configuration. The default is no
    /// limit. If `limit` is 0, every result is an error of kind
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn max_concurrency(self, limit: usize) -> Self {
        self.config(RunConfig::new().max_concurrency(limit))
    }

    /// Returns the next result with the index of its input, or `None` if no result is left.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, no result is lost.
    pub fn next(&mut self) -> impl Future<Output = Option<(usize, Result<R::Output>)>> + Send {
        StreamExt::next(self)
    }
}

fn run<R: Runnable>(
    step: &R,
    inputs: Vec<R::Input>,
    config: RunConfig,
    each: Option<Vec<RunConfig>>,
) -> RunningBatch<R::Output> {
    let count = inputs.len();
    let (batch, common) = match BatchConfig::open(step, config, each.as_deref(), None) {
        Ok(opened) => opened,
        Err(error) => return RunningBatch::refused(0..count, error),
    };
    let opened: Box<dyn Iterator<Item = Arc<Result<Opened>>> + Send> = match each.zip(common) {
        Some((each, _)) if each.len() != count => {
            let message = format!(
                "`configs` received {} configurations for {count} inputs; pass one per input",
                each.len()
            );
            let error = Error::new(ErrorKind::InvalidInput, message);
            return RunningBatch::refused(0..count, error);
        }
        Some((each, common)) => Box::new(each.into_iter().map(batch.open_each(common))),
        None => Box::new(iter::repeat_n(batch.shared(), count)),
    };
    let queue = batch.queue_of(count);
    batch.run(stream::iter(inputs.into_iter().zip(opened)), queue, None, Unpulled::All)
}

impl<R: Runnable> Stream for BatchAsCompleted<R> {
    type Item = (usize, Result<R::Output>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        if let State::Ready { step, inputs, config, each } = &mut self.state {
            let (inputs, config, each) = (mem::take(inputs), mem::take(config), each.take());
            self.state = State::Running(run(step, inputs, config, each));
        }
        match &mut self.state {
            State::Running(batch) => batch.poll_next(0, cx),
            State::Ready { .. } => Poll::Ready(None),
        }
    }
}

impl<R: Runnable> Unpin for BatchAsCompleted<R> {}

impl<R: Runnable> fmt::Debug for Batch<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("items", &self.results.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}

impl<R: Runnable> fmt::Debug for BatchAsCompleted<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchAsCompleted").finish_non_exhaustive()
    }
}
