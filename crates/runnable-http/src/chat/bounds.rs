//! How many things an answer may have.

use runnable_core::{Error, ErrorKind};

/// The largest number of choices in an answer: 16,384. Services give 128 at most.
pub const MAX_CHOICES: usize = 1 << 14;

/// The largest number of parts in an answer, kind by kind: 65,536 blocks, tool calls, output items,
/// or pieces of reasoning.
pub const MAX_PARTS: usize = 1 << 16;

/// The largest number of tokens in an answer whose log-probabilities are read: 1,048,576.
pub const MAX_TOKENS: usize = 1 << 20;

/// The error of an answer that has more of something than a reader takes.
///
/// Each thing costs a reader far more memory than the few bytes that a service spends on it, so that
/// readers stop at a count. The error is of kind [`Parse`](ErrorKind::Parse).
///
/// ```
/// use runnable_http::chat::{MAX_PARTS, too_many};
///
/// let error = too_many("tool calls", MAX_PARTS);
/// assert_eq!(error.to_string(), "too many tool calls in an answer: expected 65536 at most");
/// ```
pub fn too_many(what: &str, most: usize) -> Error {
    Error::new(ErrorKind::Parse, format!("too many {what} in an answer: expected {most} at most"))
}
