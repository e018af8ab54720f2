//! [`FlightsOf`]: the requests that run at this moment.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use runnable_core::{ChunkStream, Chunked};

use super::{flight::Flight, participant::Participant};
use crate::CacheKey;

/// The requests with answers of type `T` that run at this moment.
pub(crate) struct FlightsOf<T: Chunked>(Arc<OpenFlights<T>>);

/// The running requests, by what the model sees of them.
pub(super) struct OpenFlights<T: Chunked> {
    by_key: Mutex<HashMap<CacheKey, Weak<Flight<T>>>>,
}

impl<T: Chunked> FlightsOf<T> {
    /// Joins the running request with this key, or starts the request that `start` creates. Also
    /// returns whether the request was started.
    pub(crate) fn join(
        &self,
        key: CacheKey,
        start: impl FnOnce() -> ChunkStream<T>,
    ) -> (Participant<T>, bool) {
        // Declared before the lock, because the last reference to a flight takes the same lock when
        // it is dropped.
        let running;
        let mut open = self.0.by_key();
        running = open.get(&key).and_then(Weak::upgrade);
        match &running {
            Some(flight) if !flight.is_over() => {
                let participant = Participant::new(Arc::clone(flight));
                drop(open);
                (participant, false)
            }
            _ => {
                let flight = Flight::new(key.clone(), Arc::downgrade(&self.0), start());
                open.insert(key, Arc::downgrade(&flight));
                drop(open);
                (Participant::new(flight), true)
            }
        }
    }
}

impl<T: Chunked> OpenFlights<T> {
    /// Removes a flight that has ended, unless another flight has replaced it.
    pub(super) fn close(&self, key: &CacheKey) {
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
