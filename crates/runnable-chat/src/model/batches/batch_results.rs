//! [`BatchResults`]: the results of a batch, as a stream.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::{Stream, stream::BoxStream};
use futures_util::StreamExt;
use runnable_core::Result;

use super::BatchAnswer;

/// The results of a batch, as a stream. Created by [`Batch::results`](super::Batch::results).
#[must_use = "a stream does nothing until it is polled"]
pub struct BatchResults {
    results: BoxStream<'static, Result<BatchAnswer>>,
}

impl BatchResults {
    pub(super) fn new(results: BoxStream<'static, Result<BatchAnswer>>) -> Self {
        Self { results }
    }

    /// Returns the next result, or `None` after the last.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no result is lost.
    pub async fn next(&mut self) -> Option<Result<BatchAnswer>> {
        self.results.next().await
    }
}

impl Stream for BatchResults {
    type Item = Result<BatchAnswer>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.results.poll_next_unpin(cx)
    }
}

impl fmt::Debug for BatchResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchResults").finish_non_exhaustive()
    }
}
