//! [`RunningBatch`]: the inputs of a batch that run, and their results.

use std::{
    pin::Pin,
    task::{self, Poll, ready},
};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::batch_item::Item;
use crate::{
    Error, Result, Runnable,
    concurrency::{round::Driver, window::Window},
    policy::bounds::{Guard, Passed},
    poll::{
        cancelling::cancelling,
        caught_panic::{forget, panicked},
        pace::Pace,
        segment::SetAside,
    },
};

/// A batch after its first poll. It yields the results of the inputs in completion order.
pub(super) struct RunningBatch<T> {
    state: State<T>,
    pace: Pace,
}

enum State<T> {
    Running {
        work: Pin<Box<dyn Results<T>>>,
        /// Watches the cancellation tokens of the batch. `None` if the inputs alone watch them.
        guard: Option<Box<Guard>>,
    },
    /// The inputs that have no result all get this error.
    Refused {
        inputs: Box<dyn Iterator<Item = usize> + Send>,
        error: Error,
    },
    Ended,
}

impl<T> RunningBatch<T> {
    pub(super) fn new(work: Pin<Box<dyn Results<T>>>, guard: Option<Guard>) -> Self {
        Self { state: State::Running { work, guard: guard.map(Box::new) }, pace: Pace::new() }
    }

    /// Creates a batch that yields the same error for each of these inputs.
    pub(super) fn refused(
        inputs: impl IntoIterator<Item = usize, IntoIter: Send + 'static>,
        error: Error,
    ) -> Self {
        let inputs = Box::new(inputs.into_iter());
        Self { state: State::Refused { inputs, error }, pace: Pace::new() }
    }

    /// Stops the inputs that have no result. Each of them gets this error.
    pub(super) fn refuse(&mut self, error: Error) {
        self.state.refuse(error);
    }

    /// Polls for the next result. `held` is the number of results that the caller holds back, which
    /// count towards the window.
    pub(super) fn poll_next(
        &mut self,
        held: usize,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<(usize, Result<T>)>> {
        let Self { state, pace } = self;
        pace.poll(cx, |cx| state.poll_next(held, cx))
    }
}

impl<T> State<T> {
    fn refuse(&mut self, new: Error) {
        match self {
            Self::Running { work, .. } => {
                let inputs = Box::new(work.as_ref().inputs_left().into_iter());
                *self = Self::Refused { inputs, error: new };
            }
            Self::Refused { error, .. } => *error = new,
            Self::Ended => {}
        }
    }

    fn poll_next(
        &mut self,
        held: usize,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<(usize, Result<T>)>> {
        if let Self::Running { work, guard } = self {
            forget();
            let mut poll = |cx: &mut task::Context<'_>| work.as_mut().poll_result(held, cx);
            let polled = match guard {
                Some(guard) => ready!(guard.poll(cx, poll)),
                None => Ok(ready!(poll(cx))),
            };
            match polled {
                Ok(Some(result)) => return Poll::Ready(Some(result)),
                // Free the inputs and the step, although the caller may keep this value.
                Ok(None) => *self = Self::Ended,
                Err(passed) => self.stop(passed),
            }
        }
        let Self::Refused { inputs, error } = self else {
            return Poll::Ready(None);
        };
        Poll::Ready(inputs.next().map(|index| (index, Err(error.clone()))))
    }

    #[cold]
    fn stop(&mut self, passed: Passed) {
        cancelling(passed.cause(), || self.refuse(passed.by_call()));
    }
}

/// The methods of [`Work`] that do not depend on the step and on the stream of inputs.
pub(super) trait Results<T>: Send {
    /// Polls for the next result. `held` is the number of results that the caller holds back.
    fn poll_result(
        self: Pin<&mut Self>,
        held: usize,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<(usize, Result<T>)>>;

    /// Returns the inputs that get an error if the batch is stopped now.
    fn inputs_left(self: Pin<&Self>) -> Vec<usize>;
}

/// The inputs that get an error if a batch is stopped before it has pulled them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unpulled {
    /// All inputs: the batch has a list of inputs.
    All,
    /// Only the next input: a stream of inputs can be endless. If the stream is known to have
    /// ended, no input.
    Next,
}

pin_project! {
    /// The inputs of a batch that run.
    pub(super) struct Work<R, S>
    where
        S: Stream,
    {
        #[pin]
        pub(super) window: Window<S>,
        // The driver of the limit of the batch. `None` if the batch sets no outermost limit.
        pub(super) driver: Option<Driver>,
        pub(super) step: R,
        pub(super) depth: u16,
        // Whether the batch is polled inside the poll of another tree of runs.
        pub(super) apart: bool,
        pub(super) unpulled: Unpulled,
    }
}

impl<R, S, F> Results<R::Output> for Work<R, S>
where
    R: Runnable,
    S: Stream<Item = Item<F>> + Send,
    F: Future<Output = Result<R::Output>> + Send,
{
    fn poll_result(
        self: Pin<&mut Self>,
        held: usize,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<(usize, Result<R::Output>)>> {
        let this = self.project();
        let _aside = this.apart.then(SetAside::new);
        let poll = |cx: &mut task::Context<'_>| this.window.poll_holding(held, cx);
        let completed = ready!(match this.driver {
            Some(driver) => driver.round(cx, poll),
            None => poll(cx),
        });
        let (step, depth) = (this.step, *this.depth);
        let leave = |error: Error| match depth {
            0 => error.leave(0, || step.info().name, None).leave_tree(),
            _ => error.leave(depth, || step.info().name, None),
        };
        Poll::Ready(completed.map(|(index, result)| {
            (index, result.unwrap_or_else(|panic| Err(panicked(&*panic, leave))))
        }))
    }

    fn inputs_left(self: Pin<&Self>) -> Vec<usize> {
        let this = self.project_ref();
        let mut left: Vec<usize> = this.window.open().map(|item| item.index).collect();
        left.sort_unstable();
        let (least, most) = this.window.unpulled();
        let unpulled = match this.unpulled {
            Unpulled::All => least,
            Unpulled::Next => usize::from(most != Some(0)),
        };
        let next = this.window.pulled();
        left.extend(next..next + unpulled);
        left
    }
}
