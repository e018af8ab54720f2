//! Token counts of messages: of the provider, of a tokenizer, or an estimate.

mod count;
mod counter;
mod estimate;
mod prompt;
#[cfg(feature = "tiktoken")]
mod tiktoken;

#[cfg(feature = "tiktoken")]
pub use self::tiktoken::TiktokenCounter;
pub use self::{
    count::{CountSource, TokenCount},
    counter::{TokenCounter, count_message, count_tokens},
    estimate::TokenEstimate,
    prompt::count_prompt,
};
