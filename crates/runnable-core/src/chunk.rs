//! Values that travel in chunks, and the law they keep.

use std::fmt;

use serde::Serialize;

use crate::{Error, ErrorKind, Result};

/// A piece of a value.
///
/// Merging is associative: the chunks of a stream, merged in order, give the same value however
/// they are grouped.
pub trait Chunk: Clone + fmt::Debug + Send + Serialize + 'static {
    /// The value that chunks of this type make up.
    type Whole: Chunked<Chunk = Self>;

    /// Absorbs the chunk that follows.
    fn merge(&mut self, next: Self);

    /// Returns whether the chunk adds something that a reader of the value can see.
    ///
    /// Empty text has no content, nor has an empty list, map or set, JSON that is `null` or empty, and
    /// a chunk of a model's answer that only names the model.
    /// Until a chunk has content, [`retry`](crate::RunnableExt::with_retry) and
    /// [`with_fallback`](crate::RunnableExt::with_fallback) hold chunks back, so that a stream that
    /// fails then is tried again. The default is `true`.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// assert!("a".to_owned().has_content());
    /// assert!(!String::new().has_content());
    /// ```
    fn has_content(&self) -> bool {
        true
    }
}

/// A value that can pass between steps: it can be cut into chunks and put together again.
///
/// The chunk belongs to the value, not to the step: text grows by appending, a pair by either
/// side, most other values come all at once. There are three ways to get it for a type:
///
/// ```
/// use runnable_core::{Chunked, whole};
/// use serde::Serialize;
///
/// /// Grows field by field: its chunk, `AnswerChunk`, brings news of any of them.
/// #[derive(Clone, Debug, Serialize, Chunked)]
/// struct Answer {
///     title: String,
///     sources: Vec<String>,
/// }
///
/// /// Comes all at once.
/// #[derive(Clone, Debug, Serialize)]
/// struct Score(f64);
/// impl_at_once!(Score);
/// ```
///
/// The third is [`AtOnce`](crate::AtOnce), for a type of another crate.
///
/// # Law
///
/// `T::from_chunk(value.into_chunk())` gives back an equal `value`, also when the chunk was cut
/// into pieces and merged.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot pass between the steps of a chain",
    label = "does not say what its chunks are",
    note = "if it is your own struct, write `#[derive(Chunked)]` on it",
    note = "if it is your own type and comes at once, write `impl_at_once!({Self});`",
    note = "if it is a type of another crate, pass it as `Whole<{Self}>`, or convert it: text is a `String`",
    note = "if it is a future, make the step of the function by `async_lambda(f)`"
)]
pub trait Chunked: Serialize + Sized + Send + 'static {
    /// The pieces this value comes in.
    type Chunk: Chunk<Whole = Self>;

    /// Makes one chunk of the whole.
    fn into_chunk(self) -> Self::Chunk;

    /// Makes the whole of its merged chunks.
    ///
    /// # Errors
    ///
    /// When the chunks do not amount to a whole, such as half a JSON document.
    fn from_chunk(chunk: Self::Chunk) -> Result<Self>;

    /// The whole of no chunks at all: the empty text, the empty list.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::EmptyStream`] unless the type has such a value.
    fn from_no_chunks() -> Result<Self> {
        Err(Error::new(ErrorKind::EmptyStream, "the stream ended before its first chunk"))
    }

    /// Makes the whole of the chunks that came, of which there may be none.
    ///
    /// # Errors
    ///
    /// Those of [`from_chunk`](Self::from_chunk) and [`from_no_chunks`](Self::from_no_chunks).
    fn from_merged(merged: Option<Self::Chunk>) -> Result<Self> {
        merged.map_or_else(Self::from_no_chunks, Self::from_chunk)
    }
}

/// Declares types that always come all at once: a later chunk replaces an earlier one.
///
/// The types must be `Clone`, `Debug`, `Send` and [`serde::Serialize`].
///
/// ```
/// # use serde::Serialize;
/// #[derive(Clone, Debug, Serialize)]
/// struct Score(f64);
///
/// runnable_core::impl_at_once!(Score);
/// ```
#[macro_export]
macro_rules! impl_at_once {
    ($($ty:ty),+ $(,)?) => {$(
        impl $crate::Chunk for $ty {
            type Whole = Self;

            fn merge(&mut self, next: Self) {
                *self = next;
            }
        }

        impl $crate::Chunked for $ty {
            type Chunk = Self;

            fn into_chunk(self) -> Self {
                self
            }

            fn from_chunk(chunk: Self) -> $crate::Result<Self> {
                Ok(chunk)
            }
        }
    )+};
}

/// Merges `next` into what has come so far.
pub(crate) fn merge<C: Chunk>(merged: &mut Option<C>, next: C) {
    match merged {
        Some(merged) => merged.merge(next),
        None => *merged = Some(next),
    }
}
