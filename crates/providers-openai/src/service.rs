//! What is particular to a service, as data.

use std::borrow::Cow;

use crate::dialect::Dialect;

/// Which of OpenAI's APIs is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Api {
    /// [Chat Completions](https://platform.openai.com/docs/api-reference/chat), which most services
    /// speak.
    ChatCompletions,
    /// [Responses](https://platform.openai.com/docs/api-reference/responses): reasoning goes from
    /// turn to turn, and the service runs tools of its own.
    Responses,
}

/// A service, and how it differs from OpenAI.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    /// As tracing tools know it.
    pub(crate) provider: Cow<'static, str>,
    /// What runs are called.
    pub(crate) run_name: &'static str,
    pub(crate) base_url: Option<&'static str>,
    /// The environment variables that may hold the base URL.
    pub(crate) base_url_env: &'static [&'static str],
    /// The environment variables that may hold the key.
    pub(crate) key_env: &'static [&'static str],
    pub(crate) needs_key: bool,
    pub(crate) place: Place,
    pub(crate) quirks: Quirks,
}

/// Where requests go, and how the key is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// To the base URL, with a bearer token.
    Plain,
    /// To a resource of Azure's, with its own header.
    Azure,
}

/// How a service differs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quirks {
    /// `max_tokens`, or `max_completion_tokens`, which counts thoughts, too.
    pub(crate) max_tokens: &'static str,
    /// Whether usage has to be asked for in a stream.
    pub(crate) asks_usage: bool,
    pub(crate) seed: &'static str,
    pub(crate) effort: Effort,
    pub(crate) thoughts: Thoughts,
    /// Which thoughts go back.
    pub(crate) send_reasoning: SendReasoning,
    /// Whether instructions are a `developer`'s for models that reason.
    pub(crate) developer: bool,
    /// The word for "some tool must be called".
    pub(crate) some_tool: &'static str,
    pub(crate) dialect: Dialect,
    /// Whether the result of a tool may have pictures and files.
    pub(crate) tool_media: bool,
    pub(crate) image: bool,
    pub(crate) audio: bool,
    pub(crate) video: bool,
    pub(crate) file: File,
    /// Whether ids of calls have nine letters and digits.
    pub(crate) short_ids: bool,
    /// Whether streams may end without a finish reason.
    pub(crate) omits_reason: bool,
}

/// How long to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// `reasoning_effort: "low"`.
    Word {
        /// The longest.
        max: &'static str,
    },
    /// `reasoning: {"effort": "low"}`, or `{"max_tokens": 2000}`.
    Object,
    /// `thinking: {"type": "enabled"}`.
    Switch,
}

/// In which form thoughts are sent back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thoughts {
    /// As text, in the field in which the answer had them.
    Text,
    /// As `reasoning_details`, unchanged.
    Details,
    /// As `thinking` parts of the content.
    Parts,
}

/// Which reasoning of earlier answers is sent back to the service that gave it.
///
/// Set by [`OpenAiBuilder::send_reasoning`](crate::OpenAiBuilder::send_reasoning).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SendReasoning {
    /// None.
    Never,
    /// The reasoning after the last message of the user: while the model calls tools.
    WithinTurn,
    /// All of it.
    Always,
}

/// Which files may be in a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum File {
    /// None.
    No,
    /// `{"type": "file"}` with the data, or with the id of a stored file.
    Stored,
    /// The same, also with an address.
    Addressed,
    /// `{"type": "document_url"}`.
    Document,
    /// `{"type": "file_url"}`.
    Url,
}

impl Quirks {
    /// Those of OpenAI.
    pub(crate) const OPENAI: Self = Self {
        max_tokens: "max_completion_tokens",
        asks_usage: true,
        seed: "seed",
        effort: Effort::Word { max: "xhigh" },
        thoughts: Thoughts::Text,
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
    };

    /// What nearly every service understands.
    pub(crate) const COMPATIBLE: Self = Self {
        max_tokens: "max_tokens",
        effort: Effort::Word { max: "high" },
        send_reasoning: SendReasoning::Always,
        developer: false,
        dialect: Dialect::Compatible,
        file: File::No,
        ..Self::OPENAI
    };
}
