//! [`GrowingJson`]: deserializes the JSON in an answer, one chunk of the answer after another.

use std::{fmt, marker::PhantomData};

use runnable_core::{Chunked, Result, ValueChunk};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{answer_reader::AnswerReader, partial::KnownJson, typed_answer::typed};
use crate::AiMessageChunk;

/// After a value, the answer must grow by its length divided by this number before the next value.
///
/// Deserializing a value takes time in proportion to the length of the answer so far. If the
/// lengths at which values are returned grow geometrically, the total time is in proportion to the
/// length of the answer.
const GROWTH: usize = 64;

/// A type that can be deserialized from the part of an answer that has been received.
///
/// [`json_partial`](super::json_partial()) and [`GrowingJson`] return values of such types.
///
/// This trait is implemented for every type with the derives in the compile error.
#[diagnostic::on_unimplemented(
    message = "an answer that grows cannot be deserialized as `{Self}`",
    label = "the type cannot be inferred, or cannot be deserialized",
    note = "to make the type deserializable, add `#[derive(Clone, Debug, Serialize, Deserialize)]`"
)]
pub trait FromGrowingJson:
    DeserializeOwned + Serialize + Clone + fmt::Debug + Send + 'static
{
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Serialize + Clone + fmt::Debug + Send + 'static> FromGrowingJson for T {}

/// Deserializes the JSON in an answer, one chunk of the answer after another.
///
/// Use it in your own step that reads the chunks of a model. In a chain, use
/// [`json_partial`](super::json_partial()), which describes the values.
///
/// ```
/// use runnable_chat::{parser::GrowingJson, prelude::*};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Default, Serialize, Deserialize)]
/// #[serde(default)]
/// struct Person {
///     name: String,
///     born: Option<u16>,
/// }
///
/// # fn main() -> Result<()> {
/// let mut person = GrowingJson::<Person>::new();
/// let known = person.push(&AiMessageChunk::new(r#"{"name": "Ada"#)).unwrap();
/// assert_eq!((known.name.as_str(), known.born), ("Ada", None));
///
/// person.push(&AiMessageChunk::new(r#"", "born": 1815}"#));
/// assert_eq!(person.finish()?.born, Some(1815));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct GrowingJson<T> {
    reader: AnswerReader,
    /// The length of the answer at which the next value is deserialized.
    next: usize,
    /// The JSON of the value that was returned last.
    last: Option<KnownJson>,
    output: PhantomData<fn() -> T>,
}

impl<T: FromGrowingJson> GrowingJson<T> {
    /// Creates a reader that has read nothing.
    pub fn new() -> Self {
        Self { reader: AnswerReader::new(), next: 0, last: None, output: PhantomData }
    }

    /// Reads a chunk of the answer. Returns the value so far if it has changed.
    ///
    /// In a long answer, not every change is returned: after a value, the answer must grow by 1/64
    /// before the next value.
    pub fn push(&mut self, chunk: &AiMessageChunk) -> Option<T> {
        let update = self.reader.push(chunk)?;
        let length = self.reader.bytes_read();
        if length < self.next {
            return None;
        }
        self.next = length + length / GROWTH;
        self.known(update)
    }

    /// Returns an error if the JSON so far is invalid. More chunks cannot correct it.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Parse`](runnable_core::ErrorKind::Parse) if the JSON is invalid.
    pub fn check(&self) -> Result<()> {
        self.reader.check()
    }

    /// Returns the value of the complete answer.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`json`](super::json()).
    pub fn finish(self) -> Result<T> {
        self.reader.finish().and_then(typed)
    }

    /// Returns the value in an update, if there is one that differs from the last value.
    fn known(&mut self, update: ValueChunk) -> Option<T> {
        let Some(known) = update.downcast_ref::<KnownJson>() else {
            // A number or a word, which is complete.
            return Value::from_chunk(update).ok().and_then(|value| deserialize(value));
        };
        for snapshot in known.with_smaller() {
            if self.last.as_ref().is_some_and(|last| last.is_same_moment(&snapshot)) {
                return None;
            }
            if let Some(value) = deserialize(snapshot.to_value()) {
                self.last = Some(snapshot);
                return Some(value);
            }
        }
        None
    }
}

fn deserialize<T: DeserializeOwned>(value: Value) -> Option<T> {
    T::deserialize(value).ok()
}

impl<T: FromGrowingJson> Default for GrowingJson<T> {
    fn default() -> Self {
        Self::new()
    }
}
