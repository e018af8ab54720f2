//! How many tokens an answer took.

use serde::{Deserialize, Serialize};

/// How many tokens an answer took.
///
/// Each token counts once: input includes what was read from a cache, output includes reasoning,
/// as [LangChain's `usage_metadata`] and [OpenTelemetry's `gen_ai.usage`] have it.
///
/// [LangChain's `usage_metadata`]: https://reference.langchain.com/python/langchain_core/messages/
/// [OpenTelemetry's `gen_ai.usage`]: https://github.com/open-telemetry/semantic-conventions-genai
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// All of them.
    pub total_tokens: u64,
}

impl Usage {
    /// So many tokens of the prompt and of the answer.
    pub fn new(input_tokens: u64, output_tokens: u64) -> Self {
        let total_tokens = input_tokens.saturating_add(output_tokens);
        Self { input_tokens, output_tokens, total_tokens }
    }
}
