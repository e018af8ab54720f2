//! Limits on the number of items in an answer.

use runnable_core::{Error, ErrorKind};

/// The maximum number of choices in an answer. Services return at most 128.
pub const MAX_CHOICES: usize = 1 << 14;

/// The maximum number of parts of each kind in an answer: content blocks, tool calls, output items,
/// or parts of reasoning.
pub const MAX_PARTS: usize = 1 << 16;

/// The maximum number of tokens in an answer whose log-probabilities are read.
pub const MAX_TOKENS: usize = 1 << 20;

/// Creates the error for an answer that has too many items of one kind.
///
/// Each item costs a reader far more memory than the few bytes that a service spends on it, so
/// readers stop at a limit. The error has the kind [`Parse`](ErrorKind::Parse).
///
/// ```
/// use runnable_http::chat::{MAX_PARTS, too_many};
///
/// let error = too_many("tool calls", MAX_PARTS);
/// assert_eq!(error.to_string(), "too many tool calls in an answer: expected 65536 at most");
/// ```
pub fn too_many(items: &str, limit: usize) -> Error {
    Error::new(ErrorKind::Parse, format!("too many {items} in an answer: expected {limit} at most"))
}
