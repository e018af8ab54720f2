//! [`Bounds`]: the time limits and cancellation tokens that can end a call or a step from outside.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{self, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, Either},
};
use tokio_util::sync::CancellationToken;

use super::timeouts::Timeouts;
use crate::{
    CancelCause, Chunk, ChunkStream, Chunked, Error, ErrorKind, Result, TimeoutPhase,
    poll::{
        cancelling::cancelling,
        stopwatch::{Stopwatch, WorkClock},
    },
};

/// The time limits and cancellation tokens of a call or a step. The default has none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bounds {
    pub(crate) limits: Timeouts,
    /// The cancellation tokens. The work ends when one of them is cancelled.
    pub(crate) tokens: Vec<CancellationToken>,
}

/// The reason why a bound ended the work: a time limit has passed, or a cancellation token was
/// cancelled.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Passed {
    Time(TimeoutPhase, Duration),
    Cancelled,
}

impl Passed {
    /// Returns the error of a call that ended for this reason. A call has only one time limit, for
    /// the call as a whole.
    pub(crate) fn by_call(self) -> Error {
        match self {
            Self::Time(_, limit) => Error::timeout(TimeoutPhase::Call, limit),
            Self::Cancelled => {
                Error::new(ErrorKind::Cancelled, "the call was cancelled by its cancellation token")
            }
        }
    }

    /// Returns the cause for which the runs inside the work are cancelled.
    pub(crate) fn cause(self) -> CancelCause {
        match self {
            Self::Time(..) => CancelCause::TimeLimit,
            Self::Cancelled => CancelCause::Token,
        }
    }

    /// Returns the error of a step that ended for this reason.
    pub(crate) fn by_step(self) -> Error {
        match self {
            Self::Time(phase, limit) => Error::timeout(phase, limit),
            Self::Cancelled => {
                Error::new(ErrorKind::Cancelled, "the step was cancelled by its cancellation token")
            }
        }
    }
}

impl Bounds {
    /// Combines two sets of bounds. For each time limit, the shorter one applies. All tokens apply.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.limits = self.limits.and(other.limits);
        self.tokens.extend(other.tokens);
        self
    }

    /// Returns these bounds, or `None` if they contain neither time limits nor tokens.
    pub(crate) fn any(&self) -> Option<&Self> {
        (!self.is_none()).then_some(self)
    }

    fn is_none(&self) -> bool {
        self.limits.is_none() && self.tokens.is_empty()
    }

    /// Returns a future that does `work`, and that ends the work early if a bound is reached.
    /// `clock` measures the work for the time limits.
    pub(crate) fn future<'a, T: Send + 'a>(
        bounds: Option<&Self>,
        clock: Option<Arc<WorkClock>>,
        work: impl Future<Output = Result<T>> + Send + 'a,
        error: impl FnOnce(Passed) -> Error + Send,
    ) -> impl Future<Output = Result<T>> + Send {
        // Use adapters, because an async block would store the work twice.
        let Some(bounds) = bounds else {
            return Either::Left(work);
        };
        let bounds = Self { limits: bounds.limits.for_whole(), tokens: bounds.tokens.clone() };
        let work: BoxFuture<'a, Result<T>> = work.boxed();
        let (guard, error) = (Guard::new(bounds, clock), Some(error));
        // Box the bounds, so that the futures of calls without bounds stay small.
        Either::Right(Box::new(BoundedFuture { work: Some(work), guard, error }))
    }

    /// Returns a stream that yields `chunks`, and that ends early if a bound is reached. `clock`
    /// measures the work for the time limits.
    pub(crate) fn stream<T: Chunked>(
        bounds: Option<&Self>,
        clock: Option<Arc<WorkClock>>,
        chunks: ChunkStream<T>,
        error: impl FnOnce(Passed) -> Error + Send + 'static,
    ) -> ChunkStream<T> {
        let Some(bounds) = bounds else {
            return chunks;
        };
        let guard = Guard::new(bounds.clone(), clock);
        ChunkStream::new(BoundedStream { chunks: Some(chunks), guard, error: Some(error) })
    }
}

/// Polls the work of a future or stream, and checks its bounds.
pub(crate) struct Guard {
    bounds: Bounds,
    /// Measures the working time. `None` if there is no time limit.
    watch: Option<Stopwatch>,
    /// The working time at which the work last yielded a chunk. `None` before the first chunk.
    given: Option<Duration>,
    /// Whether a chunk with content has been yielded.
    begun: bool,
    /// Futures that complete when the tokens are cancelled. They are created when the work first
    /// returns `Pending`.
    cancelled: Vec<BoxFuture<'static, ()>>,
}

impl Guard {
    fn new(bounds: Bounds, clock: Option<Arc<WorkClock>>) -> Self {
        let watch = clock.filter(|_| !bounds.limits.is_none()).map(Stopwatch::new);
        Self { bounds, watch, given: None, begun: false, cancelled: Vec::new() }
    }

    /// Creates a guard that checks only these tokens. Returns `None` if there are none.
    pub(crate) fn of_tokens(tokens: &[CancellationToken]) -> Option<Self> {
        let bounds = Bounds { tokens: tokens.to_vec(), ..Bounds::default() };
        bounds.any().is_some().then(|| Self::new(bounds, None))
    }

    /// Polls the work, and ends it if a bound is reached.
    ///
    /// If a token is cancelled, the work is not polled. If a result is ready although a time limit
    /// has passed, the result is returned, because it is already there. The next poll then ends the
    /// work if the limit for the total time has passed.
    pub(crate) fn poll<T>(
        &mut self,
        cx: &mut task::Context<'_>,
        work: impl FnOnce(&mut task::Context<'_>) -> Poll<T>,
    ) -> Poll<Result<T, Passed>> {
        if self.bounds.tokens.iter().any(CancellationToken::is_cancelled) {
            return Poll::Ready(Err(Passed::Cancelled));
        }
        if let (Some(given), Some(limit)) = (self.given, self.bounds.limits.total)
            && given >= limit
        {
            return Poll::Ready(Err(Passed::Time(TimeoutPhase::Step, limit)));
        }
        let poll = match &mut self.watch {
            Some(watch) => watch.poll(cx, work),
            None => work(cx),
        };
        if let Poll::Ready(output) = poll {
            self.given = self.watch.as_ref().map(Stopwatch::spent);
            return Poll::Ready(Ok(output));
        }
        Poll::Ready(Err(ready!(self.poll_passed(cx))))
    }

    fn poll_passed(&mut self, cx: &mut task::Context<'_>) -> Poll<Passed> {
        if let Some(watch) = &mut self.watch
            && let Some((end, limit, phase)) =
                self.bounds.limits.next(self.given.filter(|_| self.begun))
        {
            if watch.spent() >= end {
                return Poll::Ready(Passed::Time(phase, limit));
            }
            watch.wake_after(end, cx);
        }
        if self.cancelled.is_empty() {
            let tokens = self.bounds.tokens.iter().cloned();
            self.cancelled = tokens.map(|token| token.cancelled_owned().boxed()).collect();
        }
        if self.cancelled.iter_mut().any(|cancelled| cancelled.poll_unpin(cx).is_ready()) {
            Poll::Ready(Passed::Cancelled)
        } else {
            Poll::Pending
        }
    }
}

struct BoundedFuture<'a, T, E> {
    /// The work. `None` after the work has ended.
    work: Option<BoxFuture<'a, Result<T>>>,
    guard: Guard,
    error: Option<E>,
}

impl<T, E: FnOnce(Passed) -> Error> Future for BoundedFuture<'_, T, E> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let Self { work, guard, error } = &mut *self;
        let Some(running) = work else {
            panic!("a call was polled after completion");
        };
        let result = ready!(guard.poll(cx, |cx| running.poll_unpin(cx)));
        match &result {
            Ok(_) => *work = None,
            Err(passed) => cancelling(passed.cause(), || *work = None),
        }
        Poll::Ready(match (result, error.take()) {
            (Ok(result), _) => result,
            (Err(passed), Some(error)) => Err(error(passed)),
            (Err(passed), None) => Err(passed.by_call()),
        })
    }
}

struct BoundedStream<T: Chunked, E> {
    /// The stream. `None` after the stream has ended.
    chunks: Option<ChunkStream<T>>,
    guard: Guard,
    error: Option<E>,
}

impl<T: Chunked, E: FnOnce(Passed) -> Error> Stream for BoundedStream<T, E> {
    type Item = Result<T::Chunk>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { chunks, guard, error } = &mut *self;
        let Some(running) = chunks else {
            return Poll::Ready(None);
        };
        match ready!(guard.poll(cx, |cx| running.poll_next_unpin(cx))) {
            Ok(Some(item)) => {
                guard.begun |= matches!(&item, Ok(chunk) if chunk.has_content());
                Poll::Ready(Some(item))
            }
            Ok(None) => {
                *chunks = None;
                Poll::Ready(None)
            }
            Err(passed) => {
                cancelling(passed.cause(), || *chunks = None);
                Poll::Ready(error.take().map(|error| Err(error(passed))))
            }
        }
    }
}

/// No field is pinned in place: every value that needs pinning is in a box.
impl<T, E> Unpin for BoundedFuture<'_, T, E> {}

impl<T: Chunked, E> Unpin for BoundedStream<T, E> {}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("bounds", &self.bounds).finish_non_exhaustive()
    }
}
