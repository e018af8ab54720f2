//! [`FlightsOf`]: the requests that run at this moment.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use runnable_core::{ChunkStream, Chunked};

use super::{flight::Flight, participant::Participant, polling::Polling};
use crate::CacheKey;

/// The requests with answers of type `T` that run at this moment.
pub(crate) struct FlightsOf<T: Chunked>(Arc<OpenFlights<T>>);

/// The running requests, by what the model sees of them.
struct OpenFlights<T: Chunked> {
    by_key: Mutex<HashMap<CacheKey, Weak<Flight<T>>>>,
}

impl<T: Chunked> FlightsOf<T> {
    /// Joins the running request with this key, or starts the request that `start` creates. Also
    /// returns whether the request was started. `mark` marks the usage in the chunks of calls that
    /// do not pay for the request.
    ///
    /// A call from inside the running request does not join it, because it would wait for itself.
    /// It starts a request that no other call shares.
    pub(crate) fn join(
        &self,
        key: CacheKey,
        mark: fn(T::Chunk) -> T::Chunk,
        start: impl FnOnce() -> ChunkStream<T>,
    ) -> (Participant<T>, bool) {
        // Declared before the lock, because the last reference to a flight takes the same lock when
        // it is dropped.
        let running;
        let mut open = self.0.by_key();
        running = open.get(&key).and_then(Weak::upgrade);
        match &running {
            Some(flight) if Polling::is_inside(flight) => {
                drop(open);
                (Participant::new(Flight::new(start(), || ()), mark), true)
            }
            Some(flight) if !flight.is_over() => {
                let participant = Participant::new(Arc::clone(flight), mark);
                drop(open);
                (participant, false)
            }
            _ => {
                let (flights, closed) = (Arc::downgrade(&self.0), key.clone());
                let flight = Flight::new(start(), move || {
                    if let Some(flights) = flights.upgrade() {
                        flights.close(&closed);
                    }
                });
                open.insert(key, Arc::downgrade(&flight));
                drop(open);
                (Participant::new(flight, mark), true)
            }
        }
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
