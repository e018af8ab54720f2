//! [`Payload`]: the values in events, which are serialized only on request.

use std::{
    any::{Any, TypeId},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;
use serde_json::Value;

use crate::{Chunk, Chunked};

/// A reference to a value that passed through a step: an input, a chunk or an output.
///
/// To keep the value after the event, convert it to JSON with [`to_json`](Self::to_json), clone the
/// typed value of [`downcast_ref`](Self::downcast_ref), or [`keep`](Self::keep) the chunk.
#[derive(Clone, Copy)]
pub struct Payload<'a> {
    value: &'a dyn Erased,
    /// Clones the chunk for a listener. `None` if the value is not a chunk that listeners may keep.
    keep: Option<fn(&dyn Erased) -> Option<Kept>>,
}

impl<'a> Payload<'a> {
    /// Creates a payload that borrows `value`. The value is serialized only on request.
    pub fn new<T: Serialize + 'static>(value: &'a T) -> Self {
        Self { value, keep: None }
    }

    /// Creates a payload that borrows a chunk that listeners may [keep](Self::keep).
    pub(crate) fn of_chunk<C: Chunk>(chunk: &'a C) -> Self {
        // A value that is passed as one chunk can be large, and its JSON contains everything, so it
        // is not cloned.
        let is_complete = TypeId::of::<C>() == TypeId::of::<C::Whole>();
        let is_text = TypeId::of::<C>() == TypeId::of::<String>();
        let keep =
            (!is_complete || is_text).then_some(Kept::of::<C> as fn(&dyn Erased) -> Option<Kept>);
        Self { value: chunk, keep }
    }

    /// Clones the chunk, so that a listener can use it with its type after the event.
    ///
    /// Returns `None` for an input, an output, or a value that is always passed as one chunk
    /// ([`impl_at_once!`](crate::impl_at_once!)). Such a value is not cloned for an event; use
    /// [`to_json`](Self::to_json).
    pub fn keep(&self) -> Option<Kept> {
        self.keep?(self.value)
    }

    /// Converts the value to JSON.
    ///
    /// # Errors
    ///
    /// Returns an error if the value cannot be converted, for example a map whose keys are not
    /// strings.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::Payload;
    ///
    /// let payload = Payload::new(&7u64);
    /// assert_eq!(payload.to_json().unwrap(), 7);
    /// ```
    pub fn to_json(&self) -> serde_json::Result<Value> {
        self.value.to_json()
    }

    /// Returns the value if it is a `T`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::Payload;
    ///
    /// let payload = Payload::new(&7u64);
    /// assert_eq!(payload.downcast_ref::<u64>(), Some(&7));
    /// assert_eq!(payload.downcast_ref::<String>(), None);
    /// ```
    pub fn downcast_ref<T: 'static>(&self) -> Option<&'a T> {
        self.value.as_any().downcast_ref()
    }
}

impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_json() {
            Ok(json) => json.fmt(f),
            Err(error) => write!(f, "<{error}>"),
        }
    }
}

/// A chunk that outlives its event. Created by [`Payload::keep`].
///
/// A clone is a handle to the same chunk.
#[derive(Clone)]
pub struct Kept {
    // The chunk is in a lock, because a chunk does not have to be `Sync`.
    chunk: Arc<Mutex<dyn Any + Send>>,
}

impl Kept {
    fn of<C: Chunk>(value: &dyn Erased) -> Option<Self> {
        let chunk: C = value.as_any().downcast_ref::<C>()?.clone();
        Some(Self { chunk: Arc::new(Mutex::new(chunk)) })
    }

    /// Returns a clone of the chunk, if it is a `C`.
    pub fn get<C: Clone + 'static>(&self) -> Option<C> {
        let chunk = self.chunk.lock().unwrap_or_else(PoisonError::into_inner);
        chunk.downcast_ref::<C>().cloned()
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

/// The operations of a payload, independent of the type of its value.
pub(crate) trait Erased {
    fn to_json(&self) -> serde_json::Result<Value>;
    fn as_any(&self) -> &dyn Any;
}

impl<T: Serialize + 'static> Erased for T {
    fn to_json(&self) -> serde_json::Result<Value> {
        serde_json::to_value(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A payload that outlives its event, such as the gathered input of a streamed step.
pub(crate) type OwnedPayload = Box<dyn Erased + Send>;

impl<'a> From<&'a OwnedPayload> for Payload<'a> {
    fn from(owned: &'a OwnedPayload) -> Self {
        let value: &'a (dyn Erased + Send) = &**owned;
        Self { value, keep: None }
    }
}

/// Calls `show` with the complete value of a chunk. If the chunk is not a complete value, calls
/// `show` with the chunk itself.
pub(crate) fn with_complete<T: Chunked>(chunk: &T::Chunk, show: impl FnOnce(Payload<'_>)) {
    // If the chunk already is a `T`, use it directly, because `from_chunk` would need a clone.
    if let Some(complete) = (chunk as &dyn Any).downcast_ref::<T>() {
        return show(Payload::new(complete));
    }
    match T::from_chunk(chunk.clone()) {
        Ok(complete) => show(Payload::new(&complete)),
        Err(_) => show(Payload::new(chunk)),
    }
}

/// Converts a chunk to the complete value that it represents. If it does not represent a complete
/// value, returns the chunk itself.
pub(crate) fn owned_complete<T: Chunked>(chunk: T::Chunk) -> OwnedPayload {
    if (&chunk as &dyn Any).is::<T>() {
        return Box::new(chunk);
    }
    // `from_chunk` consumes the chunk even if it fails, so keep a clone for that case.
    match T::from_chunk(chunk.clone()) {
        Ok(complete) => Box::new(complete),
        Err(_) => Box::new(chunk),
    }
}
