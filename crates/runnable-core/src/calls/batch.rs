//! [`Batch`] and [`BatchAsCompleted`]: calls with many inputs.

use std::{
    any::Any,
    fmt, iter, mem,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    sync::Arc,
    task::{self, Poll, ready},
};

use futures_core::Stream;
use futures_util::{StreamExt, stream, stream::BoxStream};
use pin_project_lite::pin_project;

use super::invoke;
use crate::{
    Error, ErrorKind, Result, RunConfig, Runnable,
    concurrency::{
        round::Rounds,
        window::{ItemQueue, Window},
    },
    config::opened::Opened,
    poll::{
        caught_panic::{forget, panicked},
        pace::Pace,
        segment::{OtherTree, is_driving},
    },
};

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
    Running { results: Results<R>, pace: Pace, open: Vec<bool> },
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
            State::Running { .. } => self.refuse_late(),
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
            State::Running { .. } => self.refuse_late(),
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

    /// Stops the inputs that are still running, because a configuration was set too late.
    fn refuse_late(&mut self) {
        if let State::Running { results, open, .. } = &mut self.state {
            let open = open.iter().enumerate().filter(|(_, open)| **open).map(|(index, _)| index);
            *results = refused::<R>(open.collect::<Vec<_>>(), RunConfig::too_late());
        }
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

pin_project! {
    /// The call for one input. It catches a panic, so that the panic does not affect the other
    /// inputs.
    ///
    /// This future is written by hand, because an async block would store the call twice. An
    /// adapter would also store whether the call has ended, which is not needed, because a
    /// completed call is never polled again.
    struct Item<F> {
        #[pin]
        call: F,
        index: usize,
    }
}

impl<F: Future> Future for Item<F> {
    /// The index of an input, and its result. The outer error is the panic of the call.
    type Output = (usize, Result<F::Output, Box<dyn Any + Send>>);

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let poll = panic::catch_unwind(AssertUnwindSafe(|| this.call.poll(cx)));
        let result = match poll {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(result)) => Ok(result),
            Err(panic) => Err(panic),
        };
        Poll::Ready((*this.index, result))
    }
}

type Results<R> = BoxStream<'static, (usize, Result<<R as Runnable>::Output>)>;

fn run<R: Runnable>(
    step: R,
    inputs: Vec<R::Input>,
    config: RunConfig,
    each: Option<Vec<RunConfig>>,
) -> Results<R> {
    let count = inputs.len();
    // A limit that is attached to the step applies to all inputs of the batch together.
    let limit = step.info().limit.for_call(|key| config.configurable_value(key));
    let config = config.for_items().limited_to(limit);
    let config = config.inside_as(each.as_ref().and_then(|each| each.first()));
    let depth = config.depth();
    let limit = match config.concurrency() {
        Ok(limit) => limit.unwrap_or(usize::MAX),
        Err(error) => return refused::<R>(0..count, error),
    };
    // Convert the common configuration to a context only once, so that all inputs share its limit.
    let sets_limit = config.sets_outermost_limit();
    let each = each.map(|each| (each, config.clone()));
    let common = Arc::new(config.open(&step));
    let budget = Opened::budget(&common, sets_limit);
    let inside = common.as_ref().as_ref().ok().and_then(|opened| opened.cx.budget()).cloned();
    let opened: Box<dyn Iterator<Item = Arc<Result<Opened>>> + Send> = match each {
        Some((each, _)) if each.len() != count => {
            let message = format!(
                "`configs` received {} configurations for {count} inputs; pass one per input",
                each.len()
            );
            return refused::<R>(0..count, Error::new(ErrorKind::InvalidInput, message));
        }
        Some((each, config)) => {
            let step = step.clone();
            Box::new(each.into_iter().map(move |own| {
                Arc::new(match &*common {
                    Ok(common) => own.open_item(&step, &config, common),
                    Err(error) => Err(error.clone()),
                })
            }))
        }
        None => Box::new(iter::repeat_n(common, count)),
    };
    let queue = ItemQueue::of(count, limit);
    let items = {
        let step = step.clone();
        stream::iter(inputs.into_iter().zip(opened).enumerate()).map(
            move |(index, (input, opened))| {
                let opened = Opened::at_index(opened, index, queue);
                Item { call: invoke::run(step.clone(), input, opened), index }
            },
        )
    };
    let items = Window::new(items, limit, inside.as_ref());
    let results = Rounds::new(budget.as_ref(), items);
    let completed = results.map(move |(index, result)| {
        let leave = |error: Error| match depth {
            0 => error.leave(0, || step.info().name, None).leave_tree(),
            _ => error.leave(depth, || step.info().name, None),
        };
        (index, result.unwrap_or_else(|panic| Err(panicked(&*panic, leave))))
    });
    match depth {
        0 if is_driving() => OtherTree::new(completed).boxed(),
        _ => completed.boxed(),
    }
}

/// Returns one result for each of these inputs, all with the same error.
fn refused<R: Runnable>(
    items: impl IntoIterator<Item = usize, IntoIter: Send + 'static>,
    error: Error,
) -> Results<R> {
    stream::iter(items).map(move |index| (index, Err(error.clone()))).boxed()
}

impl<R: Runnable> Stream for BatchAsCompleted<R> {
    type Item = (usize, Result<R::Output>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        if let State::Ready { step, inputs, config, each } = &mut self.state {
            let (inputs, config, each) = (mem::take(inputs), mem::take(config), each.take());
            let (pace, open) = (Pace::new(), vec![true; inputs.len()]);
            let count = inputs.len();
            // `Runnable::info` and `Runnable::structure` are user code, so this call can panic.
            let results =
                panic::catch_unwind(AssertUnwindSafe(|| run(step.clone(), inputs, config, each)));
            let results = results
                .unwrap_or_else(|panic| refused::<R>(0..count, panicked(&*panic, |error| error)));
            self.state = State::Running { results, pace, open };
        }
        let State::Running { results, pace, open } = &mut self.state else {
            return Poll::Ready(None);
        };
        forget();
        let item = ready!(pace.poll(cx, |cx| results.poll_next_unpin(cx)));
        if let Some((index, _)) = &item {
            open[*index] = false;
        }
        Poll::Ready(item)
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
