//! [`Flight`]: a request that several calls share.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use futures_util::StreamExt;
use runnable_core::{ChunkStream, Chunked, Error, ErrorKind, Result, SharedWork};

use super::{request::FlightId, wakers::Wakers};

/// A request that several calls share, and the chunks of its answer so far.
pub(super) struct Flight<T: Chunked> {
    pub(super) id: FlightId,
    pub(super) work: SharedWork,
    /// Called when no further call can join, because the request has ended or was dropped.
    close: Box<dyn Fn() + Send + Sync>,
    pub(super) wakers: Arc<Wakers>,
    state: Mutex<State<T>>,
}

struct State<T: Chunked> {
    /// The chunks of the request. `None` while a call polls it, and after its end.
    request: Option<ChunkStream<T>>,
    chunks: Vec<T::Chunk>,
    /// The end of the request. `None` while it runs.
    end: Option<Result<()>>,
    /// The call that reports the usage of the answer. `None` after it was dropped.
    payer: Option<u64>,
    calls: u64,
}

/// The next part of the answer for a call.
pub(super) enum Next<C> {
    /// A chunk, and whether the call reports its usage.
    Chunk(C, bool),
    End(Result<()>),
    /// The call must poll the request, or wait until another call has polled it.
    Poll,
}

impl<T: Chunked> Flight<T> {
    pub(super) fn new(
        id: FlightId,
        request: ChunkStream<T>,
        work: SharedWork,
        close: impl Fn() + Send + Sync + 'static,
    ) -> Arc<Self> {
        let state =
            State { request: Some(request), chunks: Vec::new(), end: None, payer: None, calls: 0 };
        let (close, state) = (Box::new(close), Mutex::new(state));
        Arc::new(Self { id, work, close, wakers: Arc::default(), state })
    }

    pub(super) fn is_over(&self) -> bool {
        self.state().end.is_some()
    }

    /// Returns the number of a new call. The first call has started the request, and reports the
    /// usage.
    pub(super) fn enter(&self) -> u64 {
        let mut state = self.state();
        state.calls += 1;
        let call = state.calls;
        state.payer.get_or_insert(call);
        call
    }

    /// Records that a call was dropped. Another call then reports the usage.
    pub(super) fn leave(&self, call: u64) {
        self.wakers.remove(call);
        let mut state = self.state();
        if state.end.is_none() && state.payer == Some(call) {
            state.payer = None;
        }
    }

    /// Returns the part of the answer after `position` chunks.
    pub(super) fn next(&self, call: u64, position: usize) -> Next<T::Chunk> {
        let mut state = self.state();
        if let Some(chunk) = state.chunks.get(position).cloned() {
            let pays = *state.payer.get_or_insert(call) == call;
            return Next::Chunk(chunk, pays);
        }
        match &state.end {
            Some(end) => Next::End(end.clone()),
            None => Next::Poll,
        }
    }

    /// Polls the request for all calls, unless another call polls it at this moment. In that case,
    /// that call wakes this one.
    pub(super) fn poll_request(&self) -> Poll<()> {
        let Some(request) = self.state().request.take() else {
            return Poll::Pending;
        };
        let mut polled = Polled { flight: self, request: Some(request) };
        let waker = Waker::from(Arc::clone(&self.wakers));
        let Some(request) = &mut polled.request else {
            return Poll::Pending;
        };
        let poll = request.poll_next_unpin(&mut Context::from_waker(&waker));
        let request = polled.request.take();
        match poll {
            Poll::Pending => {
                let mut state = self.state();
                state.request = request;
                return Poll::Pending;
            }
            Poll::Ready(Some(Ok(chunk))) => {
                let mut state = self.state();
                state.chunks.push(chunk);
                state.request = request;
            }
            Poll::Ready(Some(Err(error))) => self.end(Err(error)),
            Poll::Ready(None) => self.end(Ok(())),
        }
        self.wakers.wake_all();
        Poll::Ready(())
    }

    fn end(&self, end: Result<()>) {
        self.state().end = Some(end);
        (self.close)();
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last call was dropped, so the request is dropped, too.
impl<T: Chunked> Drop for Flight<T> {
    fn drop(&mut self) {
        (self.close)();
    }
}

/// Ends a flight if its request panics while it is polled.
struct Polled<'a, T: Chunked> {
    flight: &'a Flight<T>,
    /// The request. `None` after the poll.
    request: Option<ChunkStream<T>>,
}

impl<T: Chunked> Drop for Polled<'_, T> {
    fn drop(&mut self) {
        if self.request.take().is_some() {
            let message = "another call with the same request has panicked";
            self.flight.end(Err(Error::new(ErrorKind::Panic, message)));
            self.flight.wakers.wake_all();
        }
    }
}
