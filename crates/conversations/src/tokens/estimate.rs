//! [`TokenEstimate`]: a counter that needs no tokenizer.

use super::{CountSource, TokenCounter};

/// The bytes of UTF-8 that are assumed for a token. English text has about four letters for each
/// token. A Chinese character has three bytes, and about one token.
const BYTES_PER_TOKEN: u64 = 4;

/// A counter that estimates the tokens of a text from its length: a token for each 4 bytes.
///
/// The estimate is the same for every model. For English prose, it is close to the real number. For
/// code, numbers and other languages, the difference can be larger. Leave a reserve if you trim
/// messages with it.
///
/// # Examples
///
/// ```
/// use runnable_conversations::{TokenCounter, TokenEstimate};
///
/// assert_eq!(TokenEstimate.count_text("Why is the sky blue?"), 5);
/// ```
#[doc(alias = "count_tokens_approximately")]
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "the estimate has no settings")]
pub struct TokenEstimate;

impl TokenCounter for TokenEstimate {
    fn count_text(&self, text: &str) -> u64 {
        u64::try_from(text.len()).unwrap_or(u64::MAX).div_ceil(BYTES_PER_TOKEN)
    }

    fn source(&self) -> CountSource {
        CountSource::Estimate
    }
}
