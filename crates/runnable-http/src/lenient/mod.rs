//! JSON as services write it, which is not always JSON.
//!
//! One odd letter must not cost an answer. What is not JSON is repaired, and nothing is lost: an
//! escape of half a character is kept until its other half comes with the next event.
//!
//! If a key stands twice in an object, its last value counts, as in most readers of JSON, unless that is
//! `null`.
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
