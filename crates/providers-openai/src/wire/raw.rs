//! Values that are read when they are needed.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::value::RawValue;

use providers_http::Frame;
use runnable_core::Result;

/// Reads `null` as what is empty.
pub(crate) fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A value that was not read so far; `None` if it is not there, or is of another type.
pub(crate) fn parsed<T: DeserializeOwned>(raw: Option<&RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

/// Reads the data of a frame. They are known to be UTF-8, so that each text in them need not be
/// looked at again.
pub(crate) fn read<'a, T: Deserialize<'a>>(data: &'a str, frame: &'a Frame) -> Result<T> {
    // If it fails, the frame knows why.
    serde_json::from_str(data).or_else(|_| frame.json())
}
