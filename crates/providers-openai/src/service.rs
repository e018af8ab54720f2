//! The differences between services, as data.

use std::borrow::Cow;

use crate::{batch_dialect::BatchDialect, dialect::Dialect};

/// A service, and its differences from OpenAI.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    /// The provider name in traces.
    pub(crate) provider: Cow<'static, str>,
    /// The name of the model's runs.
    pub(crate) run_name: &'static str,
    pub(crate) base_url: Option<&'static str>,
    /// The environment variables that may contain the base URL.
    pub(crate) base_url_env: &'static [&'static str],
    /// The environment variables that may contain the key.
    pub(crate) key_env: &'static [&'static str],
    pub(crate) needs_key: bool,
    pub(crate) place: Place,
    pub(crate) quirks: Quirks,
}

/// The form of the URLs of a service, and how the service receives the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The base URL, with a bearer token.
    Plain,
    /// The URL of an Azure resource, with the header `api-key`.
    Azure,
}

/// How the API of a service differs from the API of OpenAI.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quirks {
    /// The field of the token limit: `max_tokens`, or `max_completion_tokens`, which includes
    /// reasoning.
    pub(crate) max_tokens: &'static str,
    /// Whether streamed requests ask for the token usage, because the service otherwise omits it.
    pub(crate) asks_usage: bool,
    pub(crate) seed: &'static str,
    pub(crate) effort: Effort,
    pub(crate) reasoning: ReasoningForm,
    /// Which reasoning is sent back.
    pub(crate) send_reasoning: SendReasoning,
    /// Whether system messages to reasoning models have the role `developer`.
    pub(crate) developer: bool,
    /// The value of `tool_choice` that requires a tool call.
    pub(crate) some_tool: &'static str,
    pub(crate) dialect: Dialect,
    /// Whether tool messages may contain images and files.
    pub(crate) tool_media: bool,
    pub(crate) image: bool,
    pub(crate) audio: bool,
    pub(crate) video: bool,
    pub(crate) file: File,
    /// Whether the IDs of tool calls must have nine letters and digits.
    pub(crate) short_ids: bool,
    /// Whether streams may end without a finish reason.
    pub(crate) omits_reason: bool,
    pub(crate) batches: BatchDialect,
}

/// The form in which requests state the reasoning effort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// `reasoning_effort: "low"`.
    Word {
        /// The name of the highest level.
        max: &'static str,
    },
    /// `reasoning: {"effort": "low"}`, or `{"max_tokens": 2000}`.
    Object,
    /// `thinking: {"type": "enabled"}`.
    Switch,
}

/// The form in which reasoning is sent back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReasoningForm {
    /// The reasoning is sent back as text, in the field in which it was received.
    Text,
    /// The reasoning is sent back as `reasoning_details`, unchanged.
    Details,
    /// The reasoning is sent back as `thinking` parts of the content.
    Parts,
}

/// Which reasoning of earlier answers is sent back to the service that produced it.
///
/// Set by [`OpenAiBuilder::send_reasoning`](crate::OpenAiBuilder::send_reasoning).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SendReasoning {
    /// No reasoning.
    Never,
    /// Only the reasoning after the last human message. The model produced it while it was calling
    /// tools for that message.
    WithinTurn,
    /// All reasoning.
    Always,
}

/// The form in which files are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum File {
    /// Files are not supported.
    No,
    /// `{"type": "file"}` with the data, or with the ID of a file that the service stores.
    Stored,
    /// The same form as `Stored`, but the service also accepts a URL in place of the data.
    Addressed,
    /// `{"type": "document_url"}`.
    Document,
    /// `{"type": "file_url"}`.
    Url,
}

impl Quirks {
    /// The settings of OpenAI.
    pub(crate) const OPENAI: Self = Self {
        max_tokens: "max_completion_tokens",
        asks_usage: true,
        seed: "seed",
        effort: Effort::Word { max: "xhigh" },
        reasoning: ReasoningForm::Text,
        send_reasoning: SendReasoning::Never,
        developer: true,
        some_tool: "required",
        dialect: Dialect::OpenAi,
        tool_media: false,
        image: true,
        audio: true,
        video: false,
        file: File::Stored,
        short_ids: false,
        omits_reason: false,
        batches: BatchDialect::OpenAi,
    };

    /// The settings that nearly all services support.
    pub(crate) const COMPATIBLE: Self = Self {
        max_tokens: "max_tokens",
        effort: Effort::Word { max: "high" },
        send_reasoning: SendReasoning::Always,
        developer: false,
        dialect: Dialect::Compatible,
        file: File::No,
        batches: BatchDialect::None,
        ..Self::OPENAI
    };
}
