//! The values in events: not serialised until somebody asks.

use std::{
    any::{Any, TypeId},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;
use serde_json::Value;

use crate::Chunk;

/// A value that passed through a step: an input, a chunk, an output.
///
/// It is a reference. A listener that keeps it takes what it needs: JSON, or a clone of the typed
/// value.
#[derive(Clone, Copy)]
pub struct Payload<'a> {
    value: &'a dyn Erased,
    /// Clones the value, if it is a chunk that may be kept.
    keep: Option<fn(&dyn Erased) -> Option<Kept>>,
}

impl<'a> Payload<'a> {
    /// A reference to a value.
    pub fn new<T: Serialize + 'static>(value: &'a T) -> Self {
        Self { value, keep: None }
    }

    /// A reference to a chunk that listeners may [keep](Self::keep).
    pub(crate) fn of_chunk<C: Chunk>(chunk: &'a C) -> Self {
        // A value that comes complete may be large, and its JSON says all that a clone would.
        let is_complete = TypeId::of::<C>() == TypeId::of::<C::Whole>();
        let is_text = TypeId::of::<C>() == TypeId::of::<String>();
        let keep =
            (!is_complete || is_text).then_some(Kept::of::<C> as fn(&dyn Erased) -> Option<Kept>);
        Self { value: chunk, keep }
    }

    /// Clones the chunk, so that a listener can read it with its type after the event.
    ///
    /// `None` if this is an input or an output, or the chunk of a type that always comes complete
    /// ([`impl_at_once!`](crate::impl_at_once!)): such a value is not cloned for an event, and
    /// [`to_json`](Self::to_json) has all of it.
    pub fn keep(&self) -> Option<Kept> {
        self.keep?(self.value)
    }

    /// The value as JSON.
    ///
    /// # Errors
    ///
    /// When the value cannot be JSON, such as a map whose keys are not strings.
    pub fn to_json(&self) -> serde_json::Result<Value> {
        self.value.to_json()
    }

    /// The value itself, if it is a `T`.
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
/// A clone is a handle on the same chunk.
#[derive(Clone)]
pub struct Kept {
    // In a lock, because a chunk need not be `Sync`.
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

/// What a payload must be able to do, whatever its type.
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

/// A payload that outlives the call in which it came: the gathered input of a streaming step.
pub(crate) type OwnedPayload = Box<dyn Erased + Send>;

impl<'a> From<&'a OwnedPayload> for Payload<'a> {
    fn from(owned: &'a OwnedPayload) -> Self {
        let value: &'a (dyn Erased + Send) = &**owned;
        Self { value, keep: None }
    }
}
