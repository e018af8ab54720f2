//! [`Request`]: the request of a flight, and which requests the current thread polls.

use std::{
    cell::RefCell,
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll},
};

use futures_core::Stream;
use futures_util::StreamExt;
use runnable_core::{ChunkStream, Chunked, Result};

thread_local! {
    /// The flights whose requests this thread polls, the innermost last.
    static POLLED: RefCell<Vec<FlightId>> = const { RefCell::new(Vec::new()) };
}

/// The id of a flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FlightId(u64);

impl FlightId {
    pub(super) fn next() -> Self {
        static IDS: AtomicU64 = AtomicU64::new(0);
        Self(IDS.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns whether the current code runs inside the request of this flight.
    ///
    /// A request that joined its own flight would wait for itself. This happens if a model has the
    /// same cache twice, or if a provider asks its own cached model the same question.
    pub(super) fn is_polled_here(self) -> bool {
        POLLED.try_with(|polled| polled.borrow().contains(&self)).unwrap_or_default()
    }
}

/// The request of a flight. The thread that polls it remembers the flight meanwhile.
///
/// This belongs to the request and not to the calls that poll it, because a concurrency limit can
/// poll the request in place of these calls.
pub(super) struct Request<T: Chunked> {
    flight: FlightId,
    chunks: ChunkStream<T>,
}

impl<T: Chunked> Request<T> {
    pub(super) fn new(flight: FlightId, chunks: ChunkStream<T>) -> Self {
        Self { flight, chunks }
    }
}

impl<T: Chunked> Stream for Request<T> {
    type Item = Result<T::Chunk>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let _polling = Polling::new(self.flight);
        self.chunks.poll_next_unpin(cx)
    }
}

/// The chunks are in a box, so no field is pinned.
impl<T: Chunked> Unpin for Request<T> {}

/// Marks a flight whose request this thread polls, until the value is dropped.
struct Polling(());

impl Polling {
    fn new(flight: FlightId) -> Self {
        _ = POLLED.try_with(|polled| polled.borrow_mut().push(flight));
        Self(())
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        _ = POLLED.try_with(|polled| polled.borrow_mut().pop());
    }
}
