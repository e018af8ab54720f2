//! The options of chat model calls.

use runnable_core::{Error, ErrorKind, Metadata, Result};
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::{ReasoningEffort, ResponseFormat};
use crate::tool::{ToolChoice, ToolDefinition};

/// The options of a chat model call. For an option that is not set, the provider's default applies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[must_use]
#[non_exhaustive]
pub struct ChatOptions {
    /// The sampling temperature. With 0, the model always selects the most likely token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    /// The nucleus sampling threshold, greater than 0 and at most 1.
    ///
    /// The model samples from the most likely tokens whose probabilities add up to the threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f32>,
    /// The seed of the random sampling. It makes answers repeatable if the provider supports seeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The maximum number of tokens in the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// The stop sequences. The answer ends before the first stop sequence that occurs in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// The amount of reasoning before the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<ReasoningEffort>,
    /// The tools that the model may call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolDefinition>,
    /// Whether the model may, must or must not call a tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
    /// Whether an answer may contain several tool calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallel_tool_calls: Option<bool>,
    /// The format of the answer: text or JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_format: Option<ResponseFormat>,
    /// The number of most likely tokens whose log-probabilities are returned for each position.
    /// With 0, only the log-probabilities of the answer's own tokens are returned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<u8>,
    /// Additional fields for the body of the request to the provider. They are sent unchanged.
    #[doc(alias("model_kwargs", "extra_body"))]
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

impl ChatOptions {
    /// Creates options in which nothing is set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns these options, with each unset option filled from `others`. The extra fields of both
    /// are merged.
    ///
    /// ```
    /// use runnable_chat::ChatOptions;
    ///
    /// let options = ChatOptions::new().temperature(0.0);
    /// let filled = options.or(ChatOptions::new().temperature(1.0).max_tokens(100));
    /// assert_eq!(filled, ChatOptions::new().temperature(0.0).max_tokens(100));
    /// ```
    pub fn or(self, others: Self) -> Self {
        let mut extras = others.extras;
        extras.extend(self.extras);
        Self {
            temperature: self.temperature.or(others.temperature),
            top_p: self.top_p.or(others.top_p),
            seed: self.seed.or(others.seed),
            max_tokens: self.max_tokens.or(others.max_tokens),
            stop: if self.stop.is_empty() { others.stop } else { self.stop },
            reasoning_effort: self.reasoning_effort.or(others.reasoning_effort),
            tools: if self.tools.is_empty() { others.tools } else { self.tools },
            tool_choice: self.tool_choice.or(others.tool_choice),
            parallel_tool_calls: self.parallel_tool_calls.or(others.parallel_tool_calls),
            response_format: self.response_format.or(others.response_format),
            logprobs: self.logprobs.or(others.logprobs),
            extras,
        }
    }

    /// Returns an error if an option has a value that is invalid for every model.
    pub(super) fn check(&self) -> Result<()> {
        let refuse = |message: String| Err(Error::new(ErrorKind::InvalidInput, message));
        match self {
            Self { temperature: Some(t), .. } if !t.is_finite() || *t < 0.0 => {
                refuse(format!("invalid temperature: {t}; it must be 0 or more"))
            }
            Self { top_p: Some(p), .. } if !(*p > 0.0 && *p <= 1.0) => {
                refuse(format!("invalid top_p: {p}; it must be greater than 0 and at most 1"))
            }
            Self { max_tokens: Some(0), .. } => {
                refuse("invalid max_tokens: 0; it must be 1 or more".into())
            }
            Self { stop, .. } if stop.iter().any(String::is_empty) => {
                refuse("invalid stop sequence: the string is empty; remove it".into())
            }
            _ => Ok(()),
        }
    }
}

/// Defines the setters of options for `ChatOptions`, and for types that contain a `ChatOptions`.
macro_rules! option_setters {
    ($options:ident) => {
        /// Sets the sampling temperature. With 0, the model always selects the most likely token.
        pub fn temperature(mut self, temperature: f32) -> Self {
            self.$options().temperature = Some(temperature);
            self
        }

        /// Sets the nucleus sampling threshold, greater than 0 and at most 1.
        ///
        /// The model samples from the most likely tokens whose probabilities add up to the
        /// threshold.
        pub fn top_p(mut self, share: f32) -> Self {
            self.$options().top_p = Some(share);
            self
        }

        /// Sets the seed of the random sampling. It makes answers repeatable if the provider
        /// supports seeds.
        pub fn seed(mut self, seed: u64) -> Self {
            self.$options().seed = Some(seed);
            self
        }

        /// Sets the maximum number of tokens in an answer.
        #[doc(alias("max_completion_tokens", "max_tokens_to_sample"))]
        pub fn max_tokens(mut self, limit: u64) -> Self {
            self.$options().max_tokens = Some(limit);
            self
        }

        /// Sets the stop sequences. An answer ends before the first stop sequence that occurs in
        /// it.
        #[doc(alias = "stop_sequences")]
        pub fn stop<T: Into<String>>(mut self, words: impl IntoIterator<Item = T>) -> Self {
            self.$options().stop = words.into_iter().map(Into::into).collect();
            self
        }

        /// Sets how much the model reasons before it answers.
        #[doc(alias("thinking", "effort"))]
        pub fn reasoning_effort(mut self, effort: $crate::model::ReasoningEffort) -> Self {
            self.$options().reasoning_effort = Some(effort);
            self
        }

        /// Sets the tools that the model may call.
        ///
        /// The model only requests tool calls. To run the requested calls, use a
        /// [`toolbox`](crate::toolbox).
        #[doc(alias = "bind_tools")]
        pub fn tools<T>(mut self, tools: impl IntoIterator<Item = T>) -> Self
        where
            T: Into<$crate::tool::ToolDefinition>,
        {
            self.$options().tools = tools.into_iter().map(Into::into).collect();
            self
        }

        /// Sets whether the model may, must or must not call a tool.
        pub fn tool_choice(mut self, choice: $crate::tool::ToolChoice) -> Self {
            self.$options().tool_choice = Some(choice);
            self
        }

        /// Sets whether an answer may contain several tool calls.
        pub fn parallel_tool_calls(mut self, parallel: bool) -> Self {
            self.$options().parallel_tool_calls = Some(parallel);
            self
        }

        /// Sets the format of the answer: text or JSON.
        ///
        /// To get the answer as a Rust value, use
        /// [`with_structured_output`](crate::ChatModel::with_structured_output).
        pub fn response_format(mut self, format: $crate::model::ResponseFormat) -> Self {
            self.$options().response_format = Some(format);
            self
        }

        /// Requests the log-probability of each token, and of this number of most likely tokens at
        /// its position.
        #[doc(alias = "top_logprobs")]
        pub fn logprobs(mut self, likeliest: u8) -> Self {
            self.$options().logprobs = Some(likeliest);
            self
        }

        /// Adds a field to the body of the request to the provider. The field is sent unchanged.
        ///
        /// The field replaces a field of the same name that the provider crate would send
        /// otherwise. In `providers-openai` and `providers-anthropic`, the value `null` removes the
        /// field from the request.
        #[doc(alias("model_kwargs", "extra_body"))]
        pub fn extra(
            mut self,
            field: impl Into<String>,
            value: impl Into<serde_json::Value>,
        ) -> Self {
            self.$options().extras.insert(field.into(), value.into());
            self
        }
    };
}

pub(super) use option_setters;

impl ChatOptions {
    option_setters!(itself);

    fn itself(&mut self) -> &mut Self {
        self
    }
}
