//! Reads the JSON that services send, which is not always valid.
//!
//! A single invalid character must not make a complete answer unusable, so invalid JSON is repaired
//! if possible. If an escaped surrogate pair is split between two events, its first half is kept
//! until the second half arrives with the next event.
//!
//! If an object contains a key more than once, the last value that is not `null` is used.
//!
//! ```
//! use runnable_http::lenient;
//!
//! let value = lenient::value(r#"{"text": "a\ud83d", "logprob": -Infinity}"#)?;
//! assert_eq!(value, serde_json::json!({"text": "a\u{fffd}", "logprob": null}));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod halves;
mod repair;

pub(crate) use self::repair::RepeatedKeys;
pub use self::{
    halves::{Halves, rest_after},
    repair::{event, repaired, repaired_event, value},
};
