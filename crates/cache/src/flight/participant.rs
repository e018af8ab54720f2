//! [`Participant`]: a call that shares a request with other calls.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;
use runnable_core::{Chunked, Result};

use super::flight::{Flight, Next};

/// A call that shares a request with other calls: the chunks of the answer.
pub(crate) struct Participant<T: Chunked> {
    flight: Arc<Flight<T>>,
    call: u64,
    /// Marks the usage in a chunk as cached.
    mark: fn(T::Chunk) -> T::Chunk,
    /// The number of chunks that this call has received.
    position: usize,
    has_ended: bool,
}

impl<T: Chunked> Participant<T> {
    pub(super) fn new(flight: Arc<Flight<T>>, mark: fn(T::Chunk) -> T::Chunk) -> Self {
        let call = flight.enter();
        Self { flight, call, mark, position: 0, has_ended: false }
    }
}

impl<T: Chunked> Stream for Participant<T> {
    type Item = Result<T::Chunk>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        // Remembered before the state is read, so that no change after it is missed.
        self.flight.wakers.insert(self.call, cx.waker());
        loop {
            match self.flight.next(self.call, self.position) {
                Next::Chunk(chunk, pays) => {
                    self.position += 1;
                    let chunk = if pays { chunk } else { (self.mark)(chunk) };
                    return Poll::Ready(Some(Ok(chunk)));
                }
                Next::End(end) => {
                    self.has_ended = true;
                    return Poll::Ready(end.err().map(Err));
                }
                Next::Poll if self.flight.poll_request().is_pending() => return Poll::Pending,
                Next::Poll => {}
            }
        }
    }
}

impl<T: Chunked> Drop for Participant<T> {
    fn drop(&mut self) {
        self.flight.leave(self.call);
    }
}

/// The chunks are in a box, so no field is pinned.
impl<T: Chunked> Unpin for Participant<T> {}
