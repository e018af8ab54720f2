//! [`OrderRecord`]: the key of an item and the digest of its input.

use super::digest::Digest;

/// The key of an item and the digest of its input, as 16 bytes and the text of the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OrderRecord {
    pub(crate) key: String,
    pub(crate) digest: Digest,
}

impl OrderRecord {
    pub(crate) fn write(key: &str, digest: Digest) -> Vec<u8> {
        [&digest.0.to_be_bytes(), key.as_bytes()].concat()
    }

    /// Returns `None` if the bytes are not a record.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (digest, key) = bytes.split_first_chunk::<16>()?;
        let key = std::str::from_utf8(key).ok()?.to_owned();
        Some(Self { key, digest: Digest(u128::from_be_bytes(*digest)) })
    }
}
