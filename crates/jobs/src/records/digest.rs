//! [`Digest`]: a short value that differs if the input differs.

use serde::Serialize;
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_128;

/// The XXH3 hash of bytes, with 128 bits. It is the same on all machines and in all versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Digest(pub(crate) u128);

impl Digest {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(xxh3_128(bytes))
    }

    /// Returns the digest of a value as JSON, in which the fields of objects are sorted. So a map
    /// without an order has the same digest in each process.
    pub(crate) fn of_value(value: &impl Serialize) -> serde_json::Result<Self> {
        let mut value: Value = serde_json::to_value(value)?;
        value.sort_all_objects();
        Ok(Self::of(&serde_json::to_vec(&value)?))
    }
}
