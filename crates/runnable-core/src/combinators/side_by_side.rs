//! Calls that run side by side: if one of them fails, the others are cancelled.

use std::{
    pin::Pin,
    task::{self, Poll, ready},
};

use futures_core::Stream;
use futures_util::{
    FutureExt, StreamExt, TryStreamExt,
    future::{self, TryMaybeDone, try_maybe_done},
    stream::FuturesOrdered,
};

use crate::{CancelCause, Error, Result, poll::cancelling::cancelling};

/// The maximum number of calls for which all calls are polled whenever one of them is woken. For a
/// few calls, this costs less than finding the call that was woken.
const FEW: usize = 30;

/// Makes several calls side by side, and returns their outputs in the order of the calls.
///
/// # Errors
///
/// Returns the first error of any call, and cancels the other calls. The adapters of `futures` drop
/// the other calls themselves, before the cause of their cancellation can be stated, so this
/// function does not use them.
pub(super) fn join_all<T, F>(
    calls: impl ExactSizeIterator<Item = F>,
) -> impl Future<Output = Result<Vec<T>>> + Send
where
    T: Send,
    F: Future<Output = Result<T>> + Send + Unpin,
{
    if calls.len() > FEW {
        let calls: FuturesOrdered<F> = calls.collect();
        SideBySide::new(calls, Result::is_err).try_collect().left_future()
    } else {
        join_few(calls.map(try_maybe_done).collect()).right_future()
    }
}

async fn join_few<T, F>(mut calls: Vec<TryMaybeDone<F>>) -> Result<Vec<T>>
where
    F: Future<Output = Result<T>> + Unpin,
{
    let joined = future::poll_fn(|task| {
        let mut is_complete = true;
        for call in &mut calls {
            is_complete &= Pin::new(call).poll(task)?.is_ready();
        }
        if is_complete { Poll::Ready(Ok::<_, Error>(())) } else { Poll::Pending }
    });
    if let Err(error) = joined.await {
        cancelling(CancelCause::SiblingFailed, || drop(calls));
        return Err(error);
    }
    let output = |call: &mut TryMaybeDone<F>| Pin::new(call).take_output();
    Ok(calls.iter_mut().filter_map(output).collect())
}

/// The results of calls that run side by side. After the first failure, the other calls are
/// cancelled and the stream ends.
pub(super) struct SideBySide<S: Stream> {
    /// The calls. `None` after a failure.
    calls: Option<S>,
    is_failure: fn(&S::Item) -> bool,
}

impl<S: Stream> SideBySide<S> {
    pub(super) fn new(calls: S, is_failure: fn(&S::Item) -> bool) -> Self {
        Self { calls: Some(calls), is_failure }
    }
}

impl<S: Stream + Unpin> Stream for SideBySide<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<S::Item>> {
        let Self { calls, is_failure } = &mut *self;
        let Some(running) = calls else { return Poll::Ready(None) };
        let result = ready!(running.poll_next_unpin(cx));
        if result.as_ref().is_some_and(is_failure) {
            cancelling(CancelCause::SiblingFailed, || *calls = None);
        }
        Poll::Ready(result)
    }
}
