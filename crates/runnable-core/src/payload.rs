//! The values in events: not serialised until somebody asks.

use std::{any::Any, fmt};

use serde::Serialize;
use serde_json::Value;

/// A value that passed through a step: an input, a chunk, an output.
///
/// It is a reference. A listener that keeps it takes what it needs: JSON, or a clone of the typed
/// value.
#[derive(Clone, Copy)]
pub struct Payload<'a> {
    value: &'a dyn Erased,
}

impl<'a> Payload<'a> {
    /// A reference to a value.
    pub fn new<T: Serialize + 'static>(value: &'a T) -> Self {
        Self { value }
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
        Self { value }
    }
}
