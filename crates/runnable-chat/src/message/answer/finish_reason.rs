//! The reasons why a model stopped.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The reason why a model stopped, such as a complete answer, a token limit or a tool call.
///
/// It serializes to a string, such as `"stop"`. It can be deserialized, or converted with `From`,
/// from the spelling of any provider.
///
/// ```
/// use runnable_chat::FinishReason;
///
/// assert_eq!(FinishReason::from("end_turn"), FinishReason::Stop);
/// assert_eq!(FinishReason::from("max_tokens"), FinishReason::Length);
/// ```
#[doc(alias = "stop_reason")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FinishReason {
    /// The answer is complete, or the model produced a stop sequence.
    Stop,
    /// The answer is truncated: it reached `max_tokens`, or the context window is full.
    ///
    /// [`AiMessage::raw_finish_reason`](crate::AiMessage::raw_finish_reason) shows which of the two
    /// limits was reached, if the provider reports this.
    Length,
    /// The model requests tool calls.
    ToolCalls,
    /// The model refused to answer.
    Refusal,
    /// The provider's content filter blocked the answer.
    ContentFilter,
    /// The provider paused a long turn. Send the answer back to continue it.
    Pause,
    /// The model or the provider failed during the answer.
    Error,
    /// Any other reason, as the provider spells it.
    Other(String),
}

impl FinishReason {
    /// Returns the string that this reason serializes to, such as `stop`.
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
    /// Returns the variant for a reason in the spelling of any provider, or `None` if the reason is
    /// unknown.
    fn known(reason: &str) -> Option<Self> {
        // Most providers use lower case. In that case, no allocation is needed.
        let reason = if reason.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(reason.to_ascii_lowercase())
        } else {
            Cow::Borrowed(reason)
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

/// Converts a reason from the spelling of any provider. Unknown reasons become `Other`.
impl From<String> for FinishReason {
    fn from(reason: String) -> Self {
        Self::known(&reason).unwrap_or(Self::Other(reason))
    }
}

/// Converts a reason from the spelling of any provider. Unknown reasons become `Other`.
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
