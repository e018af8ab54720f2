//! `Chunked` for more types of the standard library: collections, pointers, and types that are
//! passed as one value.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    fmt,
    hash::{BuildHasher, Hash},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num::{
        NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize, NonZeroU8,
        NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize,
    },
    ops::{Range, RangeInclusive},
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde::Serialize;
use serde_json::{Map, Number, Value};

use crate::{Chunk, Chunked, Result, impl_at_once};

impl_at_once!(Duration, SystemTime, PathBuf, Number);
impl_at_once!(IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6);
impl_at_once!(NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize);
impl_at_once!(NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize);

/// Implements the traits for types that are their own chunk type, and that have an empty value.
macro_rules! growing {
    ($(
        $(#[$about:meta])*
        impl[$($params:tt)*] $ty:ty { $merge:expr }
    )+) => {$(
        $(#[$about])*
        impl<$($params)*> Chunk for $ty {
            type Whole = Self;

            fn merge(&mut self, next: Self) {
                let merge: fn(&mut Self, Self) = $merge;
                merge(self, next);
            }

            fn has_content(&self) -> bool {
                !self.is_empty()
            }
        }

        impl<$($params)*> Chunked for $ty {
            type Chunk = Self;

            fn into_chunk(self) -> Self {
                self
            }

            fn from_chunk(chunk: Self) -> Result<Self> {
                Ok(chunk)
            }

            fn from_no_chunks() -> Result<Self> {
                Ok(Self::default())
            }
        }
    )+};
}

growing! {
    /// Chunks of a map add entries. A later entry replaces an earlier one with the same key.
    impl[
        K: Clone + fmt::Debug + Send + Serialize + 'static + Eq + Hash,
        V: Clone + fmt::Debug + Send + Serialize + 'static,
        S: BuildHasher + Clone + Default + Send + 'static,
    ] HashMap<K, V, S> { |map, next| map.extend(next) }

    /// Chunks of a map add entries. A later entry replaces an earlier one with the same key.
    impl[
        K: Clone + fmt::Debug + Send + Serialize + 'static + Ord,
        V: Clone + fmt::Debug + Send + Serialize + 'static,
    ] BTreeMap<K, V> { |map, next| map.extend(next) }

    /// Chunks of a JSON object add entries. A later entry replaces an earlier one with the same
    /// key.
    impl[] Map<String, Value> { |map, next| map.extend(next) }

    /// Chunks of a set add elements.
    impl[
        T: Clone + fmt::Debug + Send + Serialize + 'static + Eq + Hash,
        S: BuildHasher + Clone + Default + Send + 'static,
    ] HashSet<T, S> { |set, next| set.extend(next) }

    /// Chunks of a set add elements.
    impl[T: Clone + fmt::Debug + Send + Serialize + 'static + Ord] BTreeSet<T> { |set, next| set.extend(next) }

    /// Chunks of a queue are appended.
    impl[T: Clone + fmt::Debug + Send + Serialize + 'static] VecDeque<T> { |queue, next| queue.extend(next) }

    /// Chunks of a text are appended.
    impl[] Cow<'static, str> { |text, next| text.to_mut().push_str(&next) }
}

/// Implements the traits for generic types that are passed as one value.
macro_rules! at_once {
    ($($(#[$about:meta])* impl[$($params:tt)*] $ty:ty;)+) => {$(
        $(#[$about])*
        impl<$($params)*> Chunk for $ty
        where
            Self: Serialize,
        {
            type Whole = Self;

            fn merge(&mut self, next: Self) {
                *self = next;
            }
        }

        impl<$($params)*> Chunked for $ty
        where
            Self: Serialize,
        {
            type Chunk = Self;

            fn into_chunk(self) -> Self {
                self
            }

            fn from_chunk(chunk: Self) -> Result<Self> {
                Ok(chunk)
            }
        }
    )+};
}

at_once! {
    /// The value in an `Arc` is passed as one chunk, so that cloning it stays cheap.
    impl[T: ?Sized + fmt::Debug + Send + Sync + Serialize + 'static] Arc<T>;

    /// An array is passed as one value, because its length cannot change.
    impl[T: Clone + fmt::Debug + Send + Serialize + 'static, const N: usize] [T; N];

    /// A range is passed as one value.
    impl[T: Clone + fmt::Debug + Send + Serialize + 'static] Range<T>;

    /// A range is passed as one value.
    impl[T: Clone + fmt::Debug + Send + Serialize + 'static] RangeInclusive<T>;
}

/// A boxed value has boxed chunks: its chunk type is a box of the chunk type of the value inside.
impl<C: Chunk> Chunk for Box<C> {
    type Whole = Box<C::Whole>;

    fn merge(&mut self, next: Self) {
        (**self).merge(*next);
    }

    fn merge_ref(&mut self, next: &Self) {
        (**self).merge_ref(next);
    }

    fn has_content(&self) -> bool {
        (**self).has_content()
    }
}

impl<T: Chunked> Chunked for Box<T> {
    type Chunk = Box<T::Chunk>;

    fn into_chunk(self) -> Self::Chunk {
        Box::new((*self).into_chunk())
    }

    fn from_chunk(chunk: Self::Chunk) -> Result<Self> {
        T::from_chunk(*chunk).map(Self::new)
    }

    fn from_no_chunks() -> Result<Self> {
        T::from_no_chunks().map(Self::new)
    }
}
