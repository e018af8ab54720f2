//! [`BatchStream`] and [`BatchStreamAsCompleted`]: calls with a stream of inputs.

use std::{
    fmt, mem,
    pin::Pin,
    task::{self, Poll, ready},
};

use futures_core::Stream;
use futures_util::{StreamExt, stream, stream::BoxStream};

use super::{
    batch_config::BatchConfig,
    running_batch::{RunningBatch, Unpulled},
    waiting_results::WaitingResults,
};
use crate::{
    Result, RunConfig, Runnable,
    concurrency::window::ItemQueue,
    poll::{pace::Pace, paced::Paced},
};

/// The limit of a batch whose call, step and enclosing run set none.
const DEFAULT_LIMIT: usize = 64;

/// The call of a step with a stream of inputs. It is a stream of results in input order.
///
/// Created by [`RunnableExt::batch_stream`](crate::RunnableExt::batch_stream) and
/// [`RunnableExt::batch_iter`](crate::RunnableExt::batch_iter). Each input has its own run, and
/// passes through the chain independently of the other inputs. An input that fails does not affect
/// the others. An input that panics fails with an error of kind
/// [`Panic`](crate::ErrorKind::Panic). Dropping the stream cancels all inputs that are still
/// running.
///
/// # The window
///
/// The window contains the inputs that the call has pulled and whose results you have not received.
/// It has room for [`max_concurrency`](Self::max_concurrency) inputs, by default 64. The call pulls
/// an input only if there is room for it.
///
/// Results that wait for the result of an earlier input are in the window, so a slow input can keep
/// the inputs after it from starting. With [`as_completed`](Self::as_completed), no result waits.
///
/// For each run that [pauses](crate::RunContext::pause), such as a retry before its next attempt,
/// the window has room for one more input, up to 1,024.
///
/// All work happens while you poll the stream. If you do not poll it, the call pulls no input.
///
/// # Errors that stop the call
///
/// In these cases, the call pulls no further input. Each input that has been pulled and has not
/// completed yields the error. If inputs may be left, the stream yields the error once more, in the
/// place of the next input. Then it ends.
///
/// - The configuration is invalid, or it is set after the stream was polled: an error of kind
///   [`InvalidInput`](crate::ErrorKind::InvalidInput).
/// - A [cancellation token](RunConfig::cancellation_token) of the call is cancelled: an error of
///   kind [`Cancelled`](crate::ErrorKind::Cancelled).
///
/// # Panics
///
/// A panic of the stream of inputs reaches the caller. The inputs that have been pulled continue if
/// the caller catches the panic and polls again.
#[must_use = "a stream does nothing until it is polled"]
pub struct BatchStream<R: Runnable> {
    completed: BatchStreamAsCompleted<R>,
    pace: Pace,
}

impl<R: Runnable> BatchStream<R> {
    pub(crate) fn new(step: R, inputs: BoxStream<'static, R::Input>) -> Self {
        let state = State::Ready { step, inputs, config: Box::default() };
        let completed = BatchStreamAsCompleted { state, waiting: WaitingResults::new() };
        Self { completed, pace: Pace::new() }
    }

    /// Yields each result as soon as it exists, paired with the index of its input.
    ///
    /// Indexes count from 0. No result waits for an earlier one, so `max_concurrency` inputs run as
    /// long as there are inputs. Results that wait already are yielded first.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let square = lambda(|n: u64| n * n);
    ///
    /// let mut squares = BTreeMap::new();
    /// let mut results = square.batch_iter(0..1_000u64).as_completed();
    /// while let Some((index, result)) = results.next().await {
    ///     squares.insert(index, result?);
    /// }
    /// assert_eq!(squares[&999], 998_001);
    /// # Ok(())
    /// # }
    /// ```
    pub fn as_completed(self) -> BatchStreamAsCompleted<R> {
        self.completed
    }

    /// Adds a configuration to every input. Earlier settings are kept: see
    /// [merging](RunConfig#merging).
    ///
    /// Call this before the stream is polled. A later configuration
    /// [stops the call](Self#errors-that-stop-the-call), unless all inputs have completed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let double = lambda(|n: u64| n * 2);
    /// let config = RunConfig::new().tag("nightly").timeout(Duration::from_secs(60));
    ///
    /// let mut results = double.batch_iter([1u64, 2, 3]).config(config);
    /// assert_eq!(results.next().await.transpose()?, Some(2));
    /// # Ok(())
    /// # }
    /// ```
    pub fn config(mut self, config: impl Into<RunConfig>) -> Self {
        self.completed = self.completed.config(config);
        self
    }

    /// Limits how many inputs are in the [window](Self#the-window), and how many models and
    /// functions work at once in all inputs.
    ///
    /// Equivalent to [`RunConfig::max_concurrency`] in the configuration. The default is 64, unless
    /// the step or the enclosing run has a limit. A limit of 0 is an
    /// [error that stops the call](Self#errors-that-stop-the-call).
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let double = lambda(|n: u64| n * 2);
    ///
    /// let mut results = double.batch_iter(1u64..).max_concurrency(8);
    /// assert_eq!(results.next().await.transpose()?, Some(2));
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_concurrency(mut self, limit: usize) -> Self {
        self.completed = self.completed.max_concurrency(limit);
        self
    }

    /// Returns the next result, or `None` if no result is left.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, no result is lost.
    pub fn next(&mut self) -> impl Future<Output = Option<Result<R::Output>>> + Send {
        StreamExt::next(self)
    }
}

impl<R: Runnable> Stream for BatchStream<R> {
    type Item = Result<R::Output>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { completed, pace } = &mut *self;
        pace.poll(cx, |cx| {
            loop {
                if let Some(result) = completed.waiting.next_in_order() {
                    return Poll::Ready(Some(result));
                }
                match ready!(completed.poll_running(cx)) {
                    Some((index, result)) => completed.waiting.insert(index, result),
                    None => return Poll::Ready(None),
                }
            }
        })
    }
}

impl<R: Runnable> Unpin for BatchStream<R> {}

/// The call of a step with a stream of inputs. It is a stream of results in completion order.
///
/// Created by [`BatchStream::as_completed`]. Each result is paired with the index of its input.
/// Inputs are pulled, and errors stop the call, as [`BatchStream`] describes. Dropping the stream
/// cancels all inputs that are still running.
#[must_use = "a stream does nothing until it is polled"]
pub struct BatchStreamAsCompleted<R: Runnable> {
    state: State<R>,
    /// The results that wait for the result of an earlier input, if the results are read in input
    /// order.
    waiting: WaitingResults<Result<R::Output>>,
}

enum State<R: Runnable> {
    Ready { step: R, inputs: BoxStream<'static, R::Input>, config: Box<RunConfig> },
    Running(RunningBatch<R::Output>),
}

impl<R: Runnable> BatchStreamAsCompleted<R> {
    /// Adds a configuration to every input. Earlier settings are kept: see
    /// [merging](RunConfig#merging).
    ///
    /// Call this before the stream is polled. A later configuration
    /// [stops the call](BatchStream#errors-that-stop-the-call), unless all inputs have completed.
    pub fn config(mut self, new: impl Into<RunConfig>) -> Self {
        match &mut self.state {
            State::Ready { config, .. } => **config = mem::take(&mut **config).merge(new),
            State::Running(batch) => batch.refuse(RunConfig::too_late()),
        }
        self
    }

    /// Limits how many inputs run at once, and how many models and functions work at once in all
    /// inputs.
    ///
    /// Equivalent to [`RunConfig::max_concurrency`] in the configuration. The default is 64, unless
    /// the step or the enclosing run has a limit. A limit of 0 is an
    /// [error that stops the call](BatchStream#errors-that-stop-the-call).
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

    /// Polls for the next result. Results that wait count towards the window.
    fn poll_running(
        &mut self,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<(usize, Result<R::Output>)>> {
        if let State::Ready { step, inputs, config } = &mut self.state {
            let inputs = mem::replace(inputs, stream::empty().boxed());
            self.state = State::Running(run(step, inputs, mem::take(&mut **config)));
        }
        match &mut self.state {
            State::Running(batch) => batch.poll_next(self.waiting.count(), cx),
            State::Ready { .. } => Poll::Ready(None),
        }
    }
}

fn run<R: Runnable>(
    step: &R,
    inputs: BoxStream<'static, R::Input>,
    config: RunConfig,
) -> RunningBatch<R::Output> {
    let batch = match BatchConfig::open(step, config, None, Some(DEFAULT_LIMIT)) {
        Ok((batch, _)) => batch,
        // Do not pull the inputs: the stream may be endless, or take them from a queue.
        Err(error) => {
            let first = (inputs.size_hint().1 != Some(0)).then_some(0);
            return RunningBatch::refused(first, error);
        }
    };
    let (opened, guard) = (batch.shared(), batch.token_guard());
    let inputs = Paced::new(inputs).map(move |input| (input, opened.clone()));
    batch.run(inputs, ItemQueue::none(), guard, Unpulled::Next)
}

impl<R: Runnable> Stream for BatchStreamAsCompleted<R> {
    type Item = (usize, Result<R::Output>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        match self.waiting.next_of_any() {
            Some(result) => Poll::Ready(Some(result)),
            None => self.poll_running(cx),
        }
    }
}

impl<R: Runnable> Unpin for BatchStreamAsCompleted<R> {}

impl<R: Runnable> fmt::Debug for BatchStream<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = self.completed.waiting.count();
        f.debug_struct("BatchStream").field("waiting", &waiting).finish_non_exhaustive()
    }
}

impl<R: Runnable> fmt::Debug for BatchStreamAsCompleted<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchStreamAsCompleted").finish_non_exhaustive()
    }
}
