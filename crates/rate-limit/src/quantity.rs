//! [`Quantity`]: what a limit counts.

use runnable_chat::Usage;

/// What a limit of a [`RateLimiter`](crate::RateLimiter) counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Quantity {
    /// Requests.
    Requests,
    /// The tokens of prompts and answers together.
    Tokens,
    /// The tokens of prompts.
    InputTokens,
    /// The tokens of answers.
    OutputTokens,
}

impl Quantity {
    /// Returns the quantity as words.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
            Self::InputTokens => "input tokens",
            Self::OutputTokens => "output tokens",
        }
    }

    /// Returns what a rate limit of a service counts, by the name that the service gives it.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        match () {
            () if name.contains("request") => Some(Self::Requests),
            () if !name.contains("token") => None,
            () if name.contains("input") => Some(Self::InputTokens),
            () if name.contains("output") => Some(Self::OutputTokens),
            () => Some(Self::Tokens),
        }
    }
}

/// The tokens of one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) input: u64,
    pub(crate) output: u64,
}

impl Tokens {
    /// Returns the tokens of an answer that count for a service. Tokens from a cache of answers do
    /// not count.
    pub(crate) fn of_usage(usage: &Usage) -> Self {
        let usage = usage.billed();
        Self { input: usage.input_tokens, output: usage.output_tokens }
    }

    /// Returns how much a request with these tokens counts for a limit.
    pub(crate) fn amount(self, quantity: Quantity) -> u64 {
        match quantity {
            Quantity::Requests => 1,
            Quantity::Tokens => self.input.saturating_add(self.output),
            Quantity::InputTokens => self.input,
            Quantity::OutputTokens => self.output,
        }
    }
}
