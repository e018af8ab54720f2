//! Reads JSON as services write it, which is not always valid.
//!
//! A single invalid character must not cost a whole answer, so invalid JSON is repaired if
//! possible. Half of an escaped surrogate pair is kept until the other half arrives with the next
//! event.
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

pub use self::{
    halves::Halves,
    repair::{event, repaired, repaired_event, value},
};
