//! [`Participant`]: a call that shares a request with other calls.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use runnable_core::{Chunked, Result, RunContext};

use super::flight::{Flight, Next};

/// The number of the call that has started the request.
const FIRST: u64 = 1;

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

    /// Returns whether this call has started the request.
    pub(crate) fn is_first(&self) -> bool {
        self.call == FIRST
    }

    /// Returns the next chunk. `cx` is the context of this call.
    pub(crate) async fn next(&mut self, cx: &RunContext) -> Option<Result<T::Chunk>> {
        if let Poll::Ready(item) = self.received() {
            return item;
        }
        if self.is_first() {
            return poll_fn(|task| self.poll_chunk(task)).await;
        }
        let work = self.flight.work.clone();
        work.wait(cx, poll_fn(|task| self.poll_chunk(task))).await
    }

    /// Waits until the request has ended, if another call has started it. A call that needs the
    /// complete answer then needs a permit only once, and not for each chunk.
    pub(crate) async fn wait_for_end(&mut self, cx: &RunContext) {
        if !self.is_first() && !self.flight.is_over() {
            self.flight.work.wait(cx, poll_fn(|task| self.poll_end(task))).await;
        }
    }

    fn poll_chunk(&mut self, task: &mut Context<'_>) -> Poll<Option<Result<T::Chunk>>> {
        // Remembered before the state is read, so that no change after it is missed.
        self.flight.wakers.insert(self.call, task.waker());
        loop {
            let received = self.received();
            if received.is_ready() {
                return received;
            }
            if self.flight.poll_request().is_pending() {
                return Poll::Pending;
            }
        }
    }

    fn poll_end(&self, task: &mut Context<'_>) -> Poll<()> {
        self.flight.wakers.insert(self.call, task.waker());
        while !self.flight.is_over() {
            if self.flight.poll_request().is_pending() {
                return Poll::Pending;
            }
        }
        Poll::Ready(())
    }

    /// Returns the next chunk, or the end, if the request has reached it.
    fn received(&mut self) -> Poll<Option<Result<T::Chunk>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        match self.flight.next(self.call, self.position) {
            Next::Chunk(chunk, pays) => {
                self.position += 1;
                Poll::Ready(Some(Ok(if pays { chunk } else { (self.mark)(chunk) })))
            }
            Next::End(end) => {
                self.has_ended = true;
                Poll::Ready(end.err().map(Err))
            }
            Next::Poll => Poll::Pending,
        }
    }
}

impl<T: Chunked> Drop for Participant<T> {
    fn drop(&mut self) {
        self.flight.leave(self.call);
        // If this is the last call, the runs inside the request are dropped with the request.
        if self.is_first() && Arc::strong_count(&self.flight) > 1 {
            self.flight.work.leave();
            // A listener of this call can no longer hold the runs inside the request.
            self.flight.wakers.wake_all();
        }
    }
}
