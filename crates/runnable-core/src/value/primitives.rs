//! `Chunked` for types of the standard library: numbers, text, lists, options and tuples.

use std::fmt;

use serde::{Serialize, Serializer};

use super::chunk::{merge, merge_ref};
use crate::{Chunk, Chunked, Result, impl_at_once};

impl_at_once!(
    (),
    bool,
    char,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    f32,
    f64
);

/// Chunks of a text are appended.
impl Chunk for String {
    type Whole = Self;

    fn merge(&mut self, next: Self) {
        self.push_str(&next);
    }

    fn merge_ref(&mut self, next: &Self) {
        self.push_str(next);
    }

    fn has_content(&self) -> bool {
        !self.is_empty()
    }
}

impl Chunked for String {
    type Chunk = Self;

    fn into_chunk(self) -> Self {
        self
    }

    fn from_chunk(chunk: Self) -> Result<Self> {
        Ok(chunk)
    }

    fn from_no_chunks() -> Result<Self> {
        Ok(Self::new())
    }
}

/// Chunks of a list are appended.
impl<T: Clone + fmt::Debug + Send + Serialize + 'static> Chunk for Vec<T> {
    type Whole = Self;

    fn merge(&mut self, mut next: Self) {
        self.append(&mut next);
    }

    fn has_content(&self) -> bool {
        !self.is_empty()
    }
}

impl<T: Clone + fmt::Debug + Send + Serialize + 'static> Chunked for Vec<T> {
    type Chunk = Self;

    fn into_chunk(self) -> Self {
        self
    }

    fn from_chunk(chunk: Self) -> Result<Self> {
        Ok(chunk)
    }

    fn from_no_chunks() -> Result<Self> {
        Ok(Self::new())
    }
}

/// The merged value is `Some` if at least one chunk is `Some`.
impl<C: Chunk> Chunk for Option<C> {
    type Whole = Option<C::Whole>;

    fn merge(&mut self, next: Self) {
        if let Some(next) = next {
            merge(self, next);
        }
    }

    fn merge_ref(&mut self, next: &Self) {
        if let Some(next) = next {
            merge_ref(self, next);
        }
    }

    fn has_content(&self) -> bool {
        self.as_ref().is_some_and(C::has_content)
    }
}

impl<T: Chunked> Chunked for Option<T> {
    type Chunk = Option<T::Chunk>;

    fn into_chunk(self) -> Self::Chunk {
        self.map(T::into_chunk)
    }

    fn from_chunk(chunk: Self::Chunk) -> Result<Self> {
        chunk.map(T::from_chunk).transpose()
    }

    fn from_no_chunks() -> Result<Self> {
        Ok(None)
    }
}

/// A wrapper that passes a value of any type between steps as one chunk.
///
/// Use it for a type of another crate. The type must be `Clone`, `Debug`, `Send` and
/// [`serde::Serialize`].
///
/// # Examples
///
/// ```
/// use std::ops::Bound;
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let is_open = lambda(|AtOnce(bound): AtOnce<Bound<u64>>| bound == Bound::Unbounded);
///
/// assert!(is_open.invoke(AtOnce(Bound::Unbounded)).await?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "users destructure the wrapper")]
pub struct AtOnce<T>(pub T);

impl<T: Serialize> Serialize for AtOnce<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<T: Clone + fmt::Debug + Send + Serialize + 'static> Chunk for AtOnce<T> {
    type Whole = Self;

    fn merge(&mut self, next: Self) {
        *self = next;
    }
}

impl<T: Clone + fmt::Debug + Send + Serialize + 'static> Chunked for AtOnce<T> {
    type Chunk = Self;

    fn into_chunk(self) -> Self {
        self
    }

    fn from_chunk(chunk: Self) -> Result<Self> {
        Ok(chunk)
    }
}

/// Implements the traits for tuples. A tuple is the output of parallel steps. A chunk of it
/// contains new content for one or more of the values.
macro_rules! tuple {
    ($($T:ident $i:tt),+) => {
        impl<$($T: Chunk),+> Chunk for ($(Option<$T>,)+) {
            type Whole = ($($T::Whole,)+);

            fn merge(&mut self, next: Self) {
                $(self.$i.merge(next.$i);)+
            }

            fn has_content(&self) -> bool {
                $(self.$i.has_content())||+
            }
        }

        impl<$($T: Chunked),+> Chunked for ($($T,)+) {
            type Chunk = ($(Option<$T::Chunk>,)+);

            fn into_chunk(self) -> Self::Chunk {
                ($(Some(self.$i.into_chunk()),)+)
            }

            fn from_chunk(chunk: Self::Chunk) -> Result<Self> {
                Ok(($($T::from_merged(chunk.$i)?,)+))
            }

            fn from_no_chunks() -> Result<Self> {
                Ok(($($T::from_no_chunks()?,)+))
            }
        }
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
