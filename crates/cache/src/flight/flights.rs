//! [`FlightsOf`]: the requests that run at this moment.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use runnable_core::{ChunkStream, Chunked, RunContext};

use super::{
    flight::Flight,
    participant::Participant,
    request::{FlightId, Request},
};
use crate::CacheKey;

/// The requests with answers of type `T` that run at this moment.
pub(crate) struct FlightsOf<T: Chunked>(Arc<OpenFlights<T>>);

/// The running requests, by what the model sees of them.
struct OpenFlights<T: Chunked> {
    by_key: Mutex<HashMap<CacheKey, Weak<Flight<T>>>>,
}

impl<T: Chunked> FlightsOf<T> {
    /// Joins the running request with this key, or starts the request that `start` creates with its
    /// context, which belongs to the run with the context `cx`. `mark` marks the usage in the chunks
    /// of calls that do not pay for the request.
    ///
    /// A call from inside the running request does not join it, because it would wait for itself.
    /// It starts a request that no other call shares.
    pub(crate) fn join(
        &self,
        key: CacheKey,
        cx: &RunContext,
        mark: fn(T::Chunk) -> T::Chunk,
        start: impl FnOnce(RunContext) -> ChunkStream<T> + Send + 'static,
    ) -> Participant<T> {
        // Declared before the lock, because the last reference to a flight takes the same lock when
        // it is dropped.
        let running;
        let mut open = self.0.by_key();
        running = open.get(&key).and_then(Weak::upgrade);
        let is_inside = running.as_ref().is_some_and(|flight| flight.id.is_polled_here());
        if let Some(flight) = running.as_ref().filter(|flight| !is_inside && !flight.is_over()) {
            return Participant::new(Arc::clone(flight), mark);
        }
        let id = FlightId::next();
        let work = move |cx| ChunkStream::new(Request::new(id, start(cx)));
        let (request, work) = cx.share(work);
        let flight = if is_inside {
            Flight::new(id, request, work, || ())
        } else {
            let (flights, closed) = (Arc::downgrade(&self.0), key.clone());
            let flight = Flight::new(id, request, work, move || {
                if let Some(flights) = flights.upgrade() {
                    flights.close(&closed);
                }
            });
            open.insert(key, Arc::downgrade(&flight));
            flight
        };
        drop(open);
        Participant::new(flight, mark)
    }
}

impl<T: Chunked> OpenFlights<T> {
    /// Removes a flight that has ended, unless another flight has replaced it.
    fn close(&self, key: &CacheKey) {
        let running;
        let mut open = self.by_key();
        running = open.get(key).and_then(Weak::upgrade);
        if running.as_ref().is_none_or(|flight| flight.is_over()) {
            open.remove(key);
        }
        drop(open);
        drop(running);
    }

    fn by_key(&self) -> MutexGuard<'_, HashMap<CacheKey, Weak<Flight<T>>>> {
        self.by_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Chunked> Default for FlightsOf<T> {
    fn default() -> Self {
        Self(Arc::new(OpenFlights { by_key: Mutex::default() }))
    }
}
