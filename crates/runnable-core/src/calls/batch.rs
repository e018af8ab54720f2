//! A call for many inputs.

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
    caught::{forget, panicked},
    opened::Opened,
    pace::Pace,
    round::Rounds,
    segment::{OtherTree, is_driving},
    window::Window,
};

/// The call of a step on many inputs: a future of one result for each, in their order. Made by
/// [`RunnableExt::batch`](crate::RunnableExt::batch).
///
/// Every item is a run of its own, from first step to last, without waiting for the others; one
/// that fails does not touch the others. An item that panics fails with an error of kind
/// [`Panic`](ErrorKind::Panic). Dropping the future cancels all that run.
#[must_use = "a call does nothing until it is awaited"]
pub struct Batch<R: Runnable> {
    /// `None` once it has ended.
    results: Option<Vec<Option<Result<R::Output>>>>,
    completed: BatchAsCompleted<R>,
}

impl<R: Runnable> Batch<R> {
    pub(crate) fn new(step: R, inputs: Vec<R::Input>) -> Self {
        let results = inputs.iter().map(|_| None).collect();
        Self { results: Some(results), completed: BatchAsCompleted::new(step, inputs) }
    }

    /// Configures the run of every item. What the call was given before stays: see
    /// [merging](RunConfig#merging).
    ///
    /// A call that has been polled takes no configuration any more. It then stops, and every item
    /// that has not ended is an error of kind [`InvalidInput`](ErrorKind::InvalidInput).
    pub fn config(mut self, config: impl Into<RunConfig>) -> Self {
        self.completed = self.completed.config(config);
        self
    }

    /// Configures the run of each item by itself, in the order of the inputs. It is added to the
    /// [`config`](Self::config) that all have in common, as if the item's call were given both; a
    /// `max_concurrency` that they have in common is one limit for the whole batch.
    ///
    /// With more or fewer of them than inputs, every item is an error of kind
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn configs(mut self, configs: impl IntoIterator<Item = RunConfig>) -> Self {
        self.completed = self.completed.configs(configs);
        self
    }

    /// How many items run at once; all of them if it is not said. The same as
    /// [`RunConfig::max_concurrency`] for all items.
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
        let Self { results: Some(results), completed } = &mut *self else {
            panic!("`Batch` polled after it was ready");
        };
        while let Some((index, result)) = ready!(completed.poll_next_unpin(cx)) {
            results[index] = Some(result);
        }
        // Every one is there. Not `flatten`, which would take memory for all of them once more.
        let results = self.results.take().unwrap_or_default();
        Poll::Ready(results.into_iter().map_while(|result| result).collect())
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

#[allow(clippy::large_enum_variant, reason = "there is one for each batch, not for each item")]
enum State<R: Runnable> {
    Ready { step: R, inputs: Vec<R::Input>, config: RunConfig, each: Option<Vec<RunConfig>> },
    Running { results: Results<R>, pace: Pace, open: Vec<bool> },
}

impl<R: Runnable> BatchAsCompleted<R> {
    pub(crate) fn new(step: R, inputs: Vec<R::Input>) -> Self {
        let (config, each) = (RunConfig::default(), None);
        Self { state: State::Ready { step, inputs, config, each } }
    }

    /// Configures the run of every item. What the call was given before stays: see
    /// [merging](RunConfig#merging).
    ///
    /// A call that has been polled takes no configuration any more. It then stops, and every item
    /// that is still to come is an error of kind [`InvalidInput`](ErrorKind::InvalidInput).
    pub fn config(mut self, new: impl Into<RunConfig>) -> Self {
        match &mut self.state {
            State::Ready { config, .. } => *config = mem::take(config).merge(new),
            State::Running { .. } => self.refuse_late(),
        }
        self
    }

    /// Configures the run of each item by itself, in the order of the inputs. It is added to the
    /// [`config`](Self::config) that all have in common, as if the item's call were given both; a
    /// `max_concurrency` that they have in common is one limit for the whole batch.
    ///
    /// With more or fewer of them than inputs, every item is an error of kind
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn configs(mut self, configs: impl IntoIterator<Item = RunConfig>) -> Self {
        match &mut self.state {
            State::Ready { each, .. } => *each = Some(configs.into_iter().collect()),
            State::Running { .. } => self.refuse_late(),
        }
        self
    }

    /// How many items run at once; all of them if it is not said. The same as
    /// [`RunConfig::max_concurrency`] for all items.
    ///
    /// With 0, every item is an error of kind
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn max_concurrency(self, limit: usize) -> Self {
        self.config(RunConfig::new().max_concurrency(limit))
    }

    /// Stops what runs: a configuration came too late for it.
    fn refuse_late(&mut self) {
        if let State::Running { results, open, .. } = &mut self.state {
            let open = open.iter().enumerate().filter(|(_, open)| **open).map(|(index, _)| index);
            *results = refused::<R>(open.collect::<Vec<_>>(), RunConfig::too_late());
        }
    }

    /// The next result, or `None` when there is none left.
    pub fn next(&mut self) -> impl Future<Output = Option<(usize, Result<R::Output>)>> + Send {
        StreamExt::next(self)
    }
}

pin_project! {
    /// The call for one item, whose panic is not to take the others with it.
    ///
    /// By hand: an async block would hold the call twice, and adapters would ask whether it has ended,
    /// which a call that is ready is not polled after.
    struct Item<F> {
        #[pin]
        call: F,
        index: usize,
    }
}

impl<F: Future> Future for Item<F> {
    /// The index of the item, and its result or its panic.
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
    // The step may bring a limit, which then holds for all items together.
    let limit = step.info().limit.for_call(|key| config.configurable_value(key));
    let config = config.for_items().limited_to(limit);
    let config = config.inside_as(each.as_ref().and_then(|each| each.first()));
    let depth = config.depth();
    let limit = match config.concurrency() {
        Ok(limit) => limit.unwrap_or(usize::MAX),
        Err(error) => return refused::<R>(0..count, error),
    };
    // Opened once: the items have one limit.
    let sets_limit = config.sets_outermost_limit();
    let each = each.map(|each| (each, config.clone()));
    let common = Arc::new(config.open(&step));
    let budget = Opened::budget(&common, sets_limit);
    let inside = common.as_ref().as_ref().ok().and_then(|opened| opened.cx.budget()).cloned();
    let opened: Box<dyn Iterator<Item = Arc<Result<Opened>>> + Send> = match each {
        Some((each, _)) if each.len() != count => {
            let what = format!("a batch of {count} inputs was given {} configurations", each.len());
            return refused::<R>(0..count, Error::new(ErrorKind::InvalidInput, what));
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
    let items = {
        let step = step.clone();
        stream::iter(inputs.into_iter().zip(opened).enumerate()).map(
            move |(index, (input, opened))| {
                let opened = Opened::at_index(opened, index);
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

/// Items that all fail for the same reason, which is the call's.
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
            // What a step says of itself may panic, too.
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
