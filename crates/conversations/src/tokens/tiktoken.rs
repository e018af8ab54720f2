//! [`TiktokenCounter`]: a counter with the tokenizers of OpenAI's models.

use std::fmt;

use runnable_core::{Error, ErrorKind, Result};
use tiktoken_rs::{CoreBPE, bpe_for_model, cl100k_base_singleton, o200k_base_singleton};

use super::{CountSource, TokenCounter};

/// A counter with the tokenizers of OpenAI's models.
///
/// The tokenizers are inside the crate, so counting needs no network. The first use of a tokenizer
/// creates it, and it stays in memory until the program ends. Models of other providers have
/// other tokenizers: for them, the number is an approximation.
#[derive(Clone, Copy)]
pub struct TiktokenCounter {
    name: &'static str,
    tokenizer: &'static CoreBPE,
}

impl TiktokenCounter {
    /// Creates the counter for GPT-4o, GPT-4.1, GPT-5 and the o-series.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_conversations::{TiktokenCounter, TokenCounter};
    ///
    /// assert_eq!(TiktokenCounter::o200k().count_text("Why is the sky blue?"), 6);
    /// ```
    pub fn o200k() -> Self {
        Self { name: "o200k_base", tokenizer: o200k_base_singleton() }
    }

    /// Creates the counter for GPT-4 and GPT-3.5.
    pub fn cl100k() -> Self {
        Self { name: "cl100k_base", tokenizer: cl100k_base_singleton() }
    }

    /// Creates the counter for an OpenAI model of this name, such as `gpt-4o-mini`.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Unsupported`] if the tokenizer of the model is unknown.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_conversations::TiktokenCounter;
    ///
    /// assert!(TiktokenCounter::for_model("gpt-4o-mini").is_ok());
    /// assert!(TiktokenCounter::for_model("claude-sonnet-4-5").is_err());
    /// ```
    pub fn for_model(model: &str) -> Result<Self> {
        let tokenizer = bpe_for_model(model).map_err(|error| {
            let message = format!(
                "unknown tokenizer of the model `{model}`; choose one with \
                 `TiktokenCounter::o200k()`, or use `TokenEstimate`"
            );
            Error::new(ErrorKind::Unsupported, message).with_source(error.to_string())
        })?;
        Ok(Self { name: "of a model", tokenizer })
    }
}

impl TokenCounter for TiktokenCounter {
    fn count_text(&self, text: &str) -> u64 {
        // Text of a user is never a special token.
        u64::try_from(self.tokenizer.count_ordinary(text)).unwrap_or(u64::MAX)
    }

    fn source(&self) -> CountSource {
        CountSource::Tokenizer
    }
}

impl fmt::Debug for TiktokenCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TiktokenCounter").field(&self.name).finish()
    }
}
