//! [`BatchUpdates`]: the status of a batch over time, as a stream.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::{Stream, stream::BoxStream};
use futures_util::{StreamExt, stream};
use runnable_core::Result;

use super::{BatchId, BatchStatus, connection::Connection, polling::Poller};

/// The status of a batch over time, as a stream. Created by [`Batch::watch`](super::Batch::watch).
#[must_use = "a stream does nothing until it is polled"]
pub struct BatchUpdates {
    updates: BoxStream<'static, Result<BatchStatus>>,
}

/// When the status is requested next.
enum Next {
    Now,
    Later,
    Never,
}

impl BatchUpdates {
    pub(super) fn new(connection: Connection, id: BatchId) -> Self {
        let poller = Poller::new(connection.polling);
        let state = ((connection, id), poller, Next::Now);
        let updates = stream::unfold(state, |(batch, mut poller, mut next)| async move {
            loop {
                match next {
                    Next::Now => {}
                    Next::Later => poller.pause().await,
                    Next::Never => return None,
                }
                next = Next::Later;
                match batch.0.status(&batch.1).await {
                    Ok(status) => {
                        poller.succeeded();
                        if status.is_final() {
                            next = Next::Never;
                        }
                        return Some((Ok(status), (batch, poller, next)));
                    }
                    Err(error) => {
                        if let Err(error) = poller.failed(error) {
                            return Some((Err(error), (batch, poller, Next::Never)));
                        }
                    }
                }
            }
        });
        Self { updates: updates.boxed() }
    }

    /// Returns the next status, or `None` after the final one.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the wait continues with the next call.
    pub async fn next(&mut self) -> Option<Result<BatchStatus>> {
        self.updates.next().await
    }
}

impl Stream for BatchUpdates {
    type Item = Result<BatchStatus>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.updates.poll_next_unpin(cx)
    }
}

impl fmt::Debug for BatchUpdates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchUpdates").finish_non_exhaustive()
    }
}
