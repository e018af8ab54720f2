//! How many tokens an answer took.

use std::{
    iter::Sum,
    ops::{Add, AddAssign},
};

use serde::{Deserialize, Serialize};

/// How many tokens an answer took.
///
/// Each token counts once: input includes what was read from and written to a cache, output
/// includes reasoning, as [LangChain's `usage_metadata`] and [OpenTelemetry's `gen_ai.usage`] have
/// it.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens of the prompt.
    #[serde(default)]
    pub input_tokens: u64,
    /// Tokens of the answer.
    #[serde(default)]
    pub output_tokens: u64,
    /// All of them.
    #[serde(default)]
    pub total_tokens: u64,
    /// Which of the prompt's tokens were of a special kind. They need not sum up.
    #[serde(default, skip_serializing_if = "InputTokenDetails::is_empty")]
    pub input_token_details: InputTokenDetails,
    /// Which of the answer's tokens were of a special kind. They need not sum up.
    #[serde(default, skip_serializing_if = "OutputTokenDetails::is_empty")]
    pub output_token_details: OutputTokenDetails,
}

/// Which tokens of a prompt were of a special kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct InputTokenDetails {
    /// Sound.
    #[serde(skip_serializing_if = "is_zero")]
    pub audio: u64,
    /// Read from a cache.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_read: u64,
    /// Written to a cache.
    #[serde(skip_serializing_if = "is_zero")]
    pub cache_creation: u64,
}

/// Which tokens of an answer were of a special kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct OutputTokenDetails {
    /// Sound.
    #[serde(skip_serializing_if = "is_zero")]
    pub audio: u64,
    /// What the model thought before it answered.
    #[serde(skip_serializing_if = "is_zero")]
    pub reasoning: u64,
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

impl Usage {
    /// So many tokens of the prompt and of the answer.
    pub fn new(input_tokens: u64, output_tokens: u64) -> Self {
        let total_tokens = input_tokens.saturating_add(output_tokens);
        Self { input_tokens, output_tokens, total_tokens, ..Self::default() }
    }

    /// This count, of which so many tokens of the prompt were read from a cache.
    #[must_use]
    pub fn with_cache_read(mut self, tokens: u64) -> Self {
        self.input_token_details.cache_read = tokens;
        self
    }

    /// This count, of which so many tokens of the prompt were written to a cache.
    #[must_use]
    pub fn with_cache_creation(mut self, tokens: u64) -> Self {
        self.input_token_details.cache_creation = tokens;
        self
    }

    /// This count, of which so many tokens of the answer were thoughts.
    #[must_use]
    pub fn with_reasoning(mut self, tokens: u64) -> Self {
        self.output_token_details.reasoning = tokens;
        self
    }
}

/// What two answers took together.
impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (input, output) = (self.input_token_details, self.output_token_details);
        let (other_input, other_output) = (other.input_token_details, other.output_token_details);
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            total_tokens: self.total_tokens.saturating_add(other.total_tokens),
            input_token_details: InputTokenDetails {
                audio: input.audio.saturating_add(other_input.audio),
                cache_read: input.cache_read.saturating_add(other_input.cache_read),
                cache_creation: input.cache_creation.saturating_add(other_input.cache_creation),
            },
            output_token_details: OutputTokenDetails {
                audio: output.audio.saturating_add(other_output.audio),
                reasoning: output.reasoning.saturating_add(other_output.reasoning),
            },
        }
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// What all answers took together.
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
