//! Why a model stopped.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a model stopped. Its JSON form is one word, such as `"stop"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FinishReason {
    /// It had said everything, or came to a stop word.
    Stop,
    /// It came to the limit of tokens: the answer is cut short.
    Length,
    /// It wants tools to be called.
    ToolCalls,
    /// It will not answer.
    Refusal,
    /// Its provider held the content back.
    ContentFilter,
    /// Its provider made a pause in a long turn: sent back the answer, it goes on.
    Pause,
    /// It broke down.
    Error,
    /// A reason of the provider's own, in its spelling.
    Other(String),
}

impl FinishReason {
    /// The reason as one word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::Refusal => "refusal",
            Self::ContentFilter => "content_filter",
            Self::Pause => "pause",
            Self::Error => "error",
            Self::Other(reason) => reason,
        }
    }
}

impl FinishReason {
    /// The reason, if it is known by this name, in the spelling of any provider.
    fn known(reason: &str) -> Option<Self> {
        // Nearly all spell it in small letters.
        let reason = match reason.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(reason.to_ascii_lowercase()),
            false => Cow::Borrowed(reason),
        };
        Some(match &*reason {
            "stop" | "end_turn" | "stop_sequence" | "eos" | "complete" | "completed" => Self::Stop,
            "length"
            | "max_tokens"
            | "max_output_tokens"
            | "model_length"
            | "model_context_window_exceeded" => Self::Length,
            "tool_calls" | "tool_call" | "tool_use" | "function_call" => Self::ToolCalls,
            "refusal" => Self::Refusal,
            "content_filter"
            | "content_filtered"
            | "safety"
            | "recitation"
            | "blocklist"
            | "prohibited_content"
            | "spii"
            | "guardrail_intervened" => Self::ContentFilter,
            "pause" | "pause_turn" => Self::Pause,
            "error" | "failed" | "network_error" | "insufficient_system_resource" => Self::Error,
            _ => return None,
        })
    }
}

/// Reads the spelling of any provider.
impl From<String> for FinishReason {
    fn from(reason: String) -> Self {
        Self::known(&reason).unwrap_or(Self::Other(reason))
    }
}

/// Reads the spelling of any provider.
impl From<&str> for FinishReason {
    fn from(reason: &str) -> Self {
        Self::known(reason).unwrap_or_else(|| Self::Other(reason.to_owned()))
    }
}

impl Serialize for FinishReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for FinishReason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}
