//! A call for many inputs.

use std::{
    fmt, iter, mem,
    pin::Pin,
    task::{self, Poll, ready},
};

use futures_core::Stream;
use futures_util::{FutureExt, StreamExt, stream, stream::BoxStream};

use super::invoke;
use crate::{Config, Error, ErrorKind, Result, Runnable, config::Opened, round::Rounds};

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

    /// Configures the run of each item by itself, in the order of the inputs, on top of what
    /// [`config`](Self::config) and [`max_concurrency`](Self::max_concurrency) say for all of them: a
    /// limit that they set is one for the whole batch.
    ///
    /// With more or fewer of them than inputs, every item is an error of kind
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn config_each(mut self, configs: impl IntoIterator<Item = Config>) -> Self {
        self.completed = self.completed.config_each(configs);
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
        // Every one is there. Not `flatten`, which would take memory for all of them once more.
        Poll::Ready(mem::take(&mut self.results).into_iter().map_while(|result| result).collect())
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
    Ready { step: R, inputs: Vec<R::Input>, config: Config, each: Option<Vec<Config>> },
    Running(BoxStream<'static, (usize, Result<R::Output>)>),
}

impl<R: Runnable> BatchAsCompleted<R> {
    pub(crate) fn new(step: R, inputs: Vec<R::Input>) -> Self {
        let (config, each) = (Config::default(), None);
        Self { state: State::Ready { step, inputs, config, each } }
    }

    /// Configures the run of every item. Without effect once the call has been polled.
    pub fn config(mut self, new: impl Into<Config>) -> Self {
        if let State::Ready { config, .. } = &mut self.state {
            *config = new.into();
        }
        self
    }

    /// Configures the run of each item by itself, in the order of the inputs, on top of what
    /// [`config`](Self::config) and [`max_concurrency`](Self::max_concurrency) say for all of them: a
    /// limit that they set is one for the whole batch.
    ///
    /// With more or fewer of them than inputs, every item is an error of kind
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn config_each(mut self, configs: impl IntoIterator<Item = Config>) -> Self {
        if let State::Ready { each, .. } = &mut self.state {
            *each = Some(configs.into_iter().collect());
        }
        self
    }

    /// How many items run at once; all of them if it is not said.
    ///
    /// With 0, every item is an error of kind
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn max_concurrency(mut self, limit: usize) -> Self {
        if let State::Ready { config, .. } = &mut self.state {
            *config = mem::take(config).max_concurrency(limit);
        }
        self
    }

    /// The next result, or `None` when there is none left.
    pub fn next(&mut self) -> impl Future<Output = Option<(usize, Result<R::Output>)>> + Send {
        StreamExt::next(self)
    }
}

type Results<R> = BoxStream<'static, (usize, Result<<R as Runnable>::Output>)>;

fn run<R: Runnable>(
    step: R,
    inputs: Vec<R::Input>,
    config: Config,
    each: Option<Vec<Config>>,
) -> Results<R> {
    let count = inputs.len();
    // The step may bring a limit, which then holds for all items together.
    let config = config.for_items().limited_to(step.info().max_concurrency);
    let config = config.inside_as(each.as_ref().and_then(|each| each.first()));
    let limit = match config.concurrency() {
        Ok(limit) => limit.unwrap_or(usize::MAX),
        Err(error) => return refused::<R>(count, error),
    };
    // Opened once: the items have one limit.
    let sets_limit = config.sets_outermost_limit();
    let each = each.map(|each| (each, config.clone()));
    let common = config.open(&step);
    let budget = Opened::budget(&common, sets_limit);
    let opened: Box<dyn Iterator<Item = Result<Opened>> + Send> = match each {
        Some((each, _)) if each.len() != count => {
            let what = format!("a batch of {count} inputs was given {} configurations", each.len());
            return refused::<R>(count, Error::new(ErrorKind::InvalidInput, what));
        }
        Some((each, config)) => {
            let step = step.clone();
            Box::new(each.into_iter().map(move |own| {
                own.open_item(&step, &config, common.as_ref().map_err(Error::clone)?)
            }))
        }
        None => Box::new(iter::repeat_n(common, count)),
    };
    let results = stream::iter(inputs.into_iter().zip(opened).enumerate())
        .map(move |(index, (input, opened))| {
            // An async block would hold the call twice.
            invoke::run(step.clone(), input, opened).map(move |result| (index, result))
        })
        .buffer_unordered(limit);
    Rounds::new(budget.as_ref(), results).boxed()
}

/// Every item fails for the same reason, which is the call's.
fn refused<R: Runnable>(count: usize, error: Error) -> Results<R> {
    stream::iter(0..count).map(move |index| (index, Err(error.clone()))).boxed()
}

impl<R: Runnable> Stream for BatchAsCompleted<R> {
    type Item = (usize, Result<R::Output>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        if let State::Ready { step, inputs, config, each } = &mut self.state {
            let (inputs, config, each) = (mem::take(inputs), mem::take(config), each.take());
            self.state = State::Running(run(step.clone(), inputs, config, each));
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
