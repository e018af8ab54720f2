//! The token usage of answers.

use std::{
    iter::Sum,
    ops::{Add, AddAssign},
};

use serde::{Deserialize, Serialize};

/// The token usage of an answer: the number of input, output and total tokens.
///
/// `input_tokens` includes tokens that were read from or written to a cache, and `output_tokens`
/// includes reasoning tokens. [LangChain's `usage_metadata`] and [OpenTelemetry's `gen_ai.usage`]
/// count in the same way.
///
/// ```
/// use runnable_chat::Usage;
///
/// let answers = [Some(Usage::new(10, 2)), None, Some(Usage::new(30, 5))];
/// let total: Usage = answers.into_iter().flatten().sum();
/// assert_eq!(total, Usage::new(40, 7));
/// ```
///
/// [LangChain's `usage_metadata`]: https://reference.langchain.com/python/langchain_core/messages/
/// [OpenTelemetry's `gen_ai.usage`]: https://github.com/open-telemetry/semantic-conventions-genai
#[doc(alias("UsageMetadata", "usage_metadata", "add_usage"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Usage {
    /// The number of tokens in the prompt.
    #[serde(default)]
    pub input_tokens: u64,
    /// The number of tokens in the answer.
    #[serde(default)]
    pub output_tokens: u64,
    /// The number of tokens in the prompt and the answer.
    #[serde(default)]
    pub total_tokens: u64,
    /// The numbers of cached and audio tokens in the prompt. They are part of `input_tokens`.
    #[serde(default, skip_serializing_if = "InputTokenDetails::is_empty")]
    pub input_token_details: InputTokenDetails,
    /// The numbers of reasoning and audio tokens in the answer. They are part of `output_tokens`.
    #[serde(default, skip_serializing_if = "OutputTokenDetails::is_empty")]
    pub output_token_details: OutputTokenDetails,
    /// The tokens of answers that came from an answer cache of this program. They are part of
    /// `input_tokens` and `output_tokens`, and cost nothing.
    #[serde(default, skip_serializing_if = "AnswerCacheDetails::is_empty")]
    pub answer_cache_details: AnswerCacheDetails,
}

/// The numbers of cached and audio tokens in a prompt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct InputTokenDetails {
    /// The number of audio tokens.
    #[serde(skip_serializing_if = "is_zero")]
    pub audio: u64,
    /// The number of tokens that were read from the provider's cache.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_read: u64,
    /// The number of tokens that were written to the provider's cache.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_creation: u64,
    /// The number of tokens that were written to the provider's cache for an hour. They are part of
    /// `cache_creation`, and cost more than tokens that are cached for minutes.
    #[serde(rename = "ephemeral_1h_input_tokens", skip_serializing_if = "is_zero")]
    pub cache_creation_1h: u64,
}

/// The numbers of reasoning and audio tokens in an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct OutputTokenDetails {
    /// The number of audio tokens.
    #[serde(skip_serializing_if = "is_zero")]
    pub audio: u64,
    /// The number of reasoning tokens.
    #[serde(skip_serializing_if = "is_zero")]
    pub reasoning: u64,
}

/// The numbers of answers from an answer cache, and of their tokens.
///
/// A program keeps such a cache itself, so these tokens are not the tokens that a provider reads
/// from the [cache of prompts](InputTokenDetails::cache_read) that it keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AnswerCacheDetails {
    /// The number of answers that came from the cache.
    #[serde(skip_serializing_if = "is_zero")]
    pub answers: u64,
    /// The number of tokens in the prompts of these answers.
    #[serde(skip_serializing_if = "is_zero")]
    pub input_tokens: u64,
    /// The number of tokens in these answers.
    #[serde(skip_serializing_if = "is_zero")]
    pub output_tokens: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl InputTokenDetails {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl OutputTokenDetails {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl AnswerCacheDetails {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Usage {
    /// Creates a usage with these token counts. The total is their sum.
    pub fn new(input_tokens: u64, output_tokens: u64) -> Self {
        let total_tokens = input_tokens.saturating_add(output_tokens);
        Self { input_tokens, output_tokens, total_tokens, ..Self::default() }
    }

    /// Sets how many input tokens were read from the provider's cache.
    #[must_use]
    pub fn with_cache_read(mut self, tokens: u64) -> Self {
        self.input_token_details.cache_read = tokens;
        self
    }

    /// Sets how many input tokens were written to the provider's cache.
    #[must_use]
    pub fn with_cache_creation(mut self, tokens: u64) -> Self {
        self.input_token_details.cache_creation = tokens;
        self
    }

    /// Sets how many of the tokens that were written to the provider's cache are cached for an
    /// hour.
    #[must_use]
    pub fn with_cache_creation_1h(mut self, tokens: u64) -> Self {
        self.input_token_details.cache_creation_1h = tokens;
        self
    }

    /// Sets how many output tokens are reasoning tokens.
    #[must_use]
    pub fn with_reasoning(mut self, tokens: u64) -> Self {
        self.output_token_details.reasoning = tokens;
        self
    }

    /// Marks this usage as the usage of an answer that came from an answer cache.
    ///
    /// ```
    /// use runnable_chat::Usage;
    ///
    /// let usage = Usage::new(10, 2).marked_as_cached();
    /// assert!(usage.is_cached());
    /// assert_eq!((usage.total_tokens, usage.billed().total_tokens), (12, 0));
    /// ```
    #[must_use]
    pub fn marked_as_cached(mut self) -> Self {
        self.answer_cache_details = AnswerCacheDetails {
            answers: self.answer_cache_details.answers.max(1),
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
        };
        self
    }

    /// Returns whether all these tokens belong to answers that came from an answer cache.
    pub fn is_cached(&self) -> bool {
        let Self { answer_cache_details: cached, input_tokens, output_tokens, .. } = *self;
        !cached.is_empty()
            && (cached.input_tokens, cached.output_tokens) == (input_tokens, output_tokens)
    }

    /// Returns this usage without the tokens of answers that came from an answer cache.
    ///
    /// If all tokens came from an answer cache, the result is an empty usage. Otherwise the details
    /// of the tokens, such as the number of reasoning tokens, stay as they are.
    ///
    /// ```
    /// use runnable_chat::Usage;
    ///
    /// let total = Usage::new(10, 2).marked_as_cached() + Usage::new(30, 5);
    /// assert_eq!(total.billed(), Usage::new(30, 5));
    /// ```
    #[must_use]
    pub fn billed(mut self) -> Self {
        let cached = self.answer_cache_details;
        if self.is_cached() {
            return Self::default();
        }
        self.input_tokens = self.input_tokens.saturating_sub(cached.input_tokens);
        self.output_tokens = self.output_tokens.saturating_sub(cached.output_tokens);
        let cached_total = cached.input_tokens.saturating_add(cached.output_tokens);
        self.total_tokens = self.total_tokens.saturating_sub(cached_total);
        self.answer_cache_details = AnswerCacheDetails::default();
        self
    }
}

/// Adds the token counts of two answers.
impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (input, output) = (self.input_token_details, self.output_token_details);
        let (other_input, other_output) = (other.input_token_details, other.output_token_details);
        let (cached, other_cached) = (self.answer_cache_details, other.answer_cache_details);
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            total_tokens: self.total_tokens.saturating_add(other.total_tokens),
            input_token_details: InputTokenDetails {
                audio: input.audio.saturating_add(other_input.audio),
                cache_read: input.cache_read.saturating_add(other_input.cache_read),
                cache_creation: input.cache_creation.saturating_add(other_input.cache_creation),
                cache_creation_1h: input
                    .cache_creation_1h
                    .saturating_add(other_input.cache_creation_1h),
            },
            output_token_details: OutputTokenDetails {
                audio: output.audio.saturating_add(other_output.audio),
                reasoning: output.reasoning.saturating_add(other_output.reasoning),
            },
            answer_cache_details: AnswerCacheDetails {
                answers: cached.answers.saturating_add(other_cached.answers),
                input_tokens: cached.input_tokens.saturating_add(other_cached.input_tokens),
                output_tokens: cached.output_tokens.saturating_add(other_cached.output_tokens),
            },
        }
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Adds the token counts of all answers.
impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(usages: I) -> Self {
        usages.fold(Self::default(), Add::add)
    }
}

impl<'a> Sum<&'a Self> for Usage {
    fn sum<I: Iterator<Item = &'a Self>>(usages: I) -> Self {
        usages.copied().sum()
    }
}
