//! JSON values and dicts as chunks.
//!
//! A chunk of JSON keeps the Rust type from which it was created, so that it is merged by the rules
//! of that type.

use std::{any::Any, fmt};

use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::Value;

use crate::{Chunk, Chunked, Error, ErrorKind, Result};

/// A chunk of a JSON value.
///
/// A chunk keeps the type from which it was created. Therefore, chunks of a text are appended, and
/// chunks of a model's answer are merged by their own rules. A chunk of a different type replaces
/// the chunks before it.
pub struct ValueChunk {
    chunk: Box<dyn ErasedChunk>,
}

impl ValueChunk {
    /// Creates a chunk of a JSON value from a chunk of any type.
    pub fn new(chunk: impl Chunk) -> Self {
        Self { chunk: Box::new(chunk) }
    }

    /// Returns the original chunk if it is a `C`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::ValueChunk;
    ///
    /// let chunk = ValueChunk::new("text".to_owned());
    /// assert_eq!(chunk.downcast_ref::<String>().map(String::as_str), Some("text"));
    /// assert!(chunk.downcast_ref::<u64>().is_none());
    /// ```
    pub fn downcast_ref<C: Chunk>(&self) -> Option<&C> {
        self.chunk.as_any().downcast_ref()
    }
}

impl Chunk for ValueChunk {
    type Whole = Value;

    fn merge(&mut self, next: Self) {
        if let Err(next) = self.chunk.try_merge(next.chunk) {
            self.chunk = next;
        }
    }

    fn has_content(&self) -> bool {
        self.chunk.has_content()
    }
}

/// JSON of unknown type is passed as one value: a later chunk replaces an earlier one.
impl Chunked for Value {
    type Chunk = ValueChunk;

    fn into_chunk(self) -> ValueChunk {
        ValueChunk::new(Json(self))
    }

    fn from_chunk(chunk: ValueChunk) -> Result<Self> {
        chunk.chunk.into_whole()
    }

    fn from_no_chunks() -> Result<Self> {
        Ok(Self::Null)
    }
}

impl Serialize for ValueChunk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.chunk.to_json().map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl Clone for ValueChunk {
    fn clone(&self) -> Self {
        Self { chunk: self.chunk.clone_box() }
    }
}

impl fmt::Debug for ValueChunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chunk.fmt(f)
    }
}

/// Converts a value to JSON.
pub(crate) fn to_json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| {
        Error::new(ErrorKind::InvalidInput, "cannot serialize a named value to JSON")
            .with_source(error)
    })
}

/// A JSON value whose original type is unknown.
#[derive(Clone, Debug)]
struct Json(Value);

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// A later chunk replaces an earlier one. Empty JSON has no content, just as an empty value of its
/// original type would have no content.
impl Chunk for Json {
    type Whole = Self;

    fn merge(&mut self, next: Self) {
        *self = next;
    }

    fn has_content(&self) -> bool {
        match &self.0 {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            Value::Bool(_) | Value::Number(_) => true,
        }
    }
}

impl Chunked for Json {
    type Chunk = Self;

    fn into_chunk(self) -> Self {
        self
    }

    fn from_chunk(chunk: Self) -> Result<Self> {
        Ok(chunk)
    }
}

/// The methods of [`Chunk`] without its type, so that the trait can be used as a trait object.
trait ErasedChunk: fmt::Debug + Send {
    fn as_any(&self) -> &dyn Any;
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
    fn clone_box(&self) -> Box<dyn ErasedChunk>;
    fn to_json(&self) -> serde_json::Result<Value>;
    /// Merges `next` into this chunk. If `next` has a different type, returns it as the error.
    fn try_merge(&mut self, next: Box<dyn ErasedChunk>) -> Result<(), Box<dyn ErasedChunk>>;
    fn has_content(&self) -> bool;
    fn into_whole(self: Box<Self>) -> Result<Value>;
}

impl<C: Chunk> ErasedChunk for C {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }

    fn clone_box(&self) -> Box<dyn ErasedChunk> {
        Box::new(self.clone())
    }

    fn to_json(&self) -> serde_json::Result<Value> {
        serde_json::to_value(self)
    }

    fn try_merge(&mut self, next: Box<dyn ErasedChunk>) -> Result<(), Box<dyn ErasedChunk>> {
        if !next.as_any().is::<C>() {
            return Err(next);
        }
        if let Ok(next) = next.into_any().downcast::<C>() {
            self.merge(*next);
        }
        Ok(())
    }

    fn has_content(&self) -> bool {
        Chunk::has_content(self)
    }

    fn into_whole(self: Box<Self>) -> Result<Value> {
        to_json(&C::Whole::from_chunk(*self)?)
    }
}
