//! [`Chunk`] and [`Chunked`]: values that can be passed between steps in chunks.

use std::fmt;

use serde::Serialize;

use crate::{Error, ErrorKind, Result};

/// A part of a value, which merges with the next part.
///
/// # Law
///
/// Merging is associative: merging the chunks of a stream in order gives the same value, however
/// the chunks are grouped.
#[doc(alias = "SupportsAdd")]
pub trait Chunk: Clone + fmt::Debug + Send + Serialize + 'static {
    /// The type of the complete value to which chunks of this type merge.
    type Whole: Chunked<Chunk = Self>;

    /// Merges the next chunk into this one.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// let mut text = "one ".to_owned();
    /// text.merge("two".to_owned());
    /// assert_eq!(text, "one two");
    /// ```
    #[doc(alias = "__add__")]
    fn merge(&mut self, next: Self);

    /// Merges a copy of the next chunk into this one.
    ///
    /// An observed run merges the chunks that it passes on, for the listeners that request its
    /// output. The default implementation clones the chunk. Override it if a type can merge a
    /// reference at a lower cost, as `String` does.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// let mut text = "one ".to_owned();
    /// text.merge_ref(&"two".to_owned());
    /// assert_eq!(text, "one two");
    /// ```
    fn merge_ref(&mut self, next: &Self) {
        self.merge(next.clone());
    }

    /// Returns whether the chunk adds something that a reader of the value can see.
    ///
    /// An empty text, list, map or set has no content. JSON that is `null` or empty also has no
    /// content, and neither has a chunk of a model's answer that only names the model.
    /// [`with_retry`](crate::RunnableExt::with_retry) and
    /// [`with_fallback`](crate::RunnableExt::with_fallback) hold such chunks back until a chunk has
    /// content, so that they can still replace a stream that fails early. The default is `true`.
    ///
    /// # Examples
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

/// A value that can be passed between steps, complete or in chunks.
///
/// The type of the chunks depends on the type of the value, and not on the step. Chunks of a text
/// are appended. A chunk of a struct contains new content for some of its fields. Most other values
/// are passed as one chunk.
///
/// # Implementing the trait
///
/// | type | use |
/// |---|---|
/// | your own struct, streamed field by field | `#[derive(Chunked)]` |
/// | your own type, passed as one value | [`impl_at_once!`](crate::impl_at_once!) |
/// | a type of another crate | [`AtOnce`](crate::AtOnce) |
///
/// ```
/// use runnable_core::{Chunked, impl_at_once};
/// use serde::Serialize;
///
/// /// Streams field by field: its chunk, `AnswerChunk`, has content for some of the fields.
/// #[derive(Clone, Debug, Serialize, Chunked)]
/// struct Answer {
///     title: String,
///     sources: Vec<String>,
/// }
///
/// /// Is passed as one value.
/// #[derive(Clone, Debug, Serialize)]
/// struct Score(f64);
/// impl_at_once!(Score);
/// ```
///
/// # Law
///
/// `T::from_chunk(value.into_chunk())` returns a value that equals `value`. This also holds if the
/// chunk was split and merged again.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be passed between steps",
    label = "`Chunked` is not implemented for this type",
    note = "to stream your own struct field by field, add `#[derive(Chunked)]` to it",
    note = "to pass your own type as one value, add `impl_at_once!({Self});`",
    note = "to pass a type of another crate, use `AtOnce<{Self}>`, or convert it, as `&str` to `String`",
    note = "if it is a future, use `async_lambda(f)` to make a step of the async function"
)]
pub trait Chunked: Serialize + Sized + Send + 'static {
    /// The type of the chunks of this value.
    type Chunk: Chunk<Whole = Self>;

    /// Converts the value to one chunk.
    fn into_chunk(self) -> Self::Chunk;

    /// Converts merged chunks to the complete value.
    ///
    /// # Errors
    ///
    /// Returns an error if the chunks do not form a complete value, for example if they form only
    /// half of a JSON document.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # fn main() -> Result<()> {
    /// let mut chunk = ("a".to_owned(), 1u64).into_chunk();
    /// chunk.merge((Some("b".to_owned()), None));
    /// assert_eq!(<(String, u64)>::from_chunk(chunk)?, ("ab".to_owned(), 1));
    /// # Ok(())
    /// # }
    /// ```
    fn from_chunk(chunk: Self::Chunk) -> Result<Self>;

    /// Returns the value that a stream without chunks has, such as an empty string or list.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::EmptyStream`] if the type has no such value, which is the default.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// assert_eq!(String::from_no_chunks().ok(), Some(String::new()));
    /// assert_eq!(u64::from_no_chunks().unwrap_err().kind(), ErrorKind::EmptyStream);
    /// ```
    fn from_no_chunks() -> Result<Self> {
        let message = "the stream ended without a chunk, and its type has no empty value";
        Err(Error::new(ErrorKind::EmptyStream, message))
    }

    /// Converts the merged chunks of a stream to the complete value. `merged` is `None` if the
    /// stream had no chunks.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`from_chunk`](Self::from_chunk) and
    /// [`from_no_chunks`](Self::from_no_chunks).
    fn from_merged(merged: Option<Self::Chunk>) -> Result<Self> {
        merged.map_or_else(Self::from_no_chunks, Self::from_chunk)
    }
}

/// Implements [`Chunked`](trait@crate::Chunked) for types that are passed as one value.
///
/// A later chunk replaces an earlier one. The types must be `Clone`, `Debug`, `Send` and
/// [`serde::Serialize`].
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
/// use serde::Serialize;
///
/// #[derive(Clone, Debug, PartialEq, Serialize)]
/// struct Score(u64);
///
/// impl_at_once!(Score);
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let double = lambda(|Score(n): Score| Score(n * 2));
/// assert_eq!(double.invoke(Score(7)).await?, Score(14));
/// # Ok(())
/// # }
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

/// Merges `next` into the chunks so far. `merged` is `None` before the first chunk.
pub(crate) fn merge<C: Chunk>(merged: &mut Option<C>, next: C) {
    match merged {
        Some(merged) => merged.merge(next),
        None => *merged = Some(next),
    }
}

/// Merges a copy of `next` into the chunks so far. `merged` is `None` before the first chunk.
pub(crate) fn merge_ref<C: Chunk>(merged: &mut Option<C>, next: &C) {
    match merged {
        Some(merged) => merged.merge_ref(next),
        None => *merged = Some(next.clone()),
    }
}
