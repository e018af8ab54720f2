//! What one can ask of a chat model besides the prompt.

use runnable_core::{Error, ErrorKind, Metadata, Result};
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::{ReasoningEffort, ResponseFormat};
use crate::tool::{ToolChoice, ToolDefinition};

/// What one can ask of a chat model besides the prompt. What is not set is up to the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[must_use]
#[non_exhaustive]
pub struct ChatOptions {
    /// How freely the model chooses among likely tokens; 0 takes the likeliest each time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    /// The share of probability, in (0, 1], of the likeliest tokens that the model chooses among.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f32>,
    /// Makes the choices repeatable, where the provider can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// How many tokens the answer may have at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// Texts before which the answer ends.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// How long the model thinks before it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<ReasoningEffort>,
    /// The tools that the model may want to be called.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolDefinition>,
    /// Whether it may, or must.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
    /// Whether it may want several at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallel_tool_calls: Option<bool>,
    /// The form of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_format: Option<ResponseFormat>,
    /// How many of the likeliest tokens to tell in the place of each, with their probabilities; 0
    /// tells that of the token alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<u8>,
    /// What only the provider knows: fields of its request, put there as they are.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extras: Metadata,
}

impl ChatOptions {
    /// Nothing is set.
    pub fn new() -> Self {
        Self::default()
    }

    /// These options, and where they say nothing, others.
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

    /// Refuses options that no model can follow.
    pub(super) fn check(&self) -> Result<()> {
        let refuse = |what: String| Err(Error::new(ErrorKind::InvalidInput, what));
        match self {
            Self { temperature: Some(t), .. } if !t.is_finite() || *t < 0.0 => {
                refuse(format!("temperature is {t}: set 0 or more"))
            }
            Self { top_p: Some(p), .. } if !(*p > 0.0 && *p <= 1.0) => {
                refuse(format!("top_p is {p}: set more than 0 and at most 1"))
            }
            Self { max_tokens: Some(0), .. } => {
                refuse("max_tokens is 0, so there could be no answer: set at least 1".into())
            }
            Self { stop, .. } if stop.iter().any(String::is_empty) => {
                refuse("a stop word is empty, so there could be no answer: leave it out".into())
            }
            _ => Ok(()),
        }
    }
}

/// The same setters for what has options: a model, and the options themselves.
macro_rules! option_setters {
    ($options:ident) => {
        /// How freely the model chooses among likely tokens: 0 takes the likeliest each time.
        pub fn temperature(mut self, temperature: f32) -> Self {
            self.$options().temperature = Some(temperature);
            self
        }

        /// The share of probability, in (0, 1], of the likeliest tokens that the model chooses
        /// among.
        pub fn top_p(mut self, share: f32) -> Self {
            self.$options().top_p = Some(share);
            self
        }

        /// Makes the choices repeatable, where the provider can.
        pub fn seed(mut self, seed: u64) -> Self {
            self.$options().seed = Some(seed);
            self
        }

        /// How many tokens an answer may have at most.
        pub fn max_tokens(mut self, limit: u64) -> Self {
            self.$options().max_tokens = Some(limit);
            self
        }

        /// Texts before which an answer ends.
        pub fn stop<T: Into<String>>(mut self, words: impl IntoIterator<Item = T>) -> Self {
            self.$options().stop = words.into_iter().map(Into::into).collect();
            self
        }

        /// How long the model thinks before it answers.
        pub fn reasoning_effort(mut self, effort: $crate::model::ReasoningEffort) -> Self {
            self.$options().reasoning_effort = Some(effort);
            self
        }

        /// The tools that the model may want to be called.
        #[doc(alias = "bind_tools")]
        pub fn tools<T>(mut self, tools: impl IntoIterator<Item = T>) -> Self
        where
            T: Into<$crate::tool::ToolDefinition>,
        {
            self.$options().tools = tools.into_iter().map(Into::into).collect();
            self
        }

        /// Whether the model may, or must, want a tool to be called.
        pub fn tool_choice(mut self, choice: $crate::tool::ToolChoice) -> Self {
            self.$options().tool_choice = Some(choice);
            self
        }

        /// Whether the model may want several tools at once.
        pub fn parallel_tool_calls(mut self, parallel: bool) -> Self {
            self.$options().parallel_tool_calls = Some(parallel);
            self
        }

        /// The form of the answer.
        pub fn response_format(mut self, format: $crate::model::ResponseFormat) -> Self {
            self.$options().response_format = Some(format);
            self
        }

        /// Asks how likely each token was, and so many of the likeliest in its place.
        pub fn logprobs(mut self, likeliest: u8) -> Self {
            self.$options().logprobs = Some(likeliest);
            self
        }

        /// A field of the request that only the provider knows, put there as it is.
        ///
        /// It goes before whatever the provider's crate would write in this field. The crates for
        /// OpenAI and Anthropic leave out a field that is `null`.
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
