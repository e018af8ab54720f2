//! An answer, whole or an event of a stream, as it is on the wire.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{choices::Choices, content::Content};
use crate::{
    logprobs::Logprobs,
    usage::WireUsage,
    wire::{Arguments, Count, Word, parts},
};

/// A whole answer, or an event of a stream: they differ in one field of a choice.
///
/// Most events are a piece of text. What is seldom there is boxed, so that they are small.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Answer<'a> {
    #[serde(borrow, default)]
    pub(super) id: Word<'a>,
    #[serde(borrow, default)]
    pub(super) model: Word<'a>,
    #[serde(borrow, default)]
    pub(super) object: Word<'a>,
    #[serde(borrow, default)]
    pub(super) system_fingerprint: Word<'a>,
    #[serde(borrow, default)]
    pub(super) service_tier: Word<'a>,
    /// Who answered behind a router.
    #[serde(borrow, default)]
    pub(super) provider: Word<'a>,
    /// `null` in some errors.
    #[serde(borrow, default)]
    pub(super) choices: Option<Choices<'a>>,
    #[serde(borrow, default)]
    pub(super) usage: Option<Box<WireUsage<'a>>>,
    #[serde(borrow, default)]
    pub(super) error: Option<&'a RawValue>,
    /// Azure's: what its filters say of the prompt.
    #[serde(borrow, default)]
    pub(super) prompt_filter_results: Option<&'a RawValue>,
    /// Perplexity's: addresses of sources.
    #[serde(borrow, default)]
    pub(super) citations: Option<&'a RawValue>,
    /// Perplexity's: the same sources with more about them.
    #[serde(borrow, default)]
    pub(super) search_results: Option<&'a RawValue>,
    /// Perplexity's.
    #[serde(borrow, default)]
    pub(super) images: Option<&'a RawValue>,
    /// Perplexity's.
    #[serde(borrow, default)]
    pub(super) related_questions: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) x_groq: Option<Box<XGroq<'a>>>,
}

/// What Groq adds.
#[derive(Debug, Default, Deserialize)]
pub(super) struct XGroq<'a> {
    #[serde(borrow, default)]
    pub(super) id: Word<'a>,
    #[serde(borrow, default)]
    pub(super) usage: Option<Box<WireUsage<'a>>>,
    #[serde(borrow, default)]
    pub(super) error: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice<'a> {
    #[serde(default)]
    pub(super) index: Count,
    /// What an event adds.
    #[serde(borrow, default)]
    pub(super) delta: Option<Delta<'a>>,
    /// The whole message. Some services repeat it in the last event. What Azure has filtered has
    /// none.
    #[serde(borrow, default)]
    pub(super) message: Option<Box<Delta<'a>>>,
    #[serde(borrow, default)]
    pub(super) finish_reason: Word<'a>,
    /// The finish reason of who answered behind a router.
    #[serde(borrow, default)]
    pub(super) native_finish_reason: Word<'a>,
    pub(super) logprobs: Option<Logprobs>,
    #[serde(borrow, default)]
    pub(super) content_filter_results: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) error: Option<&'a RawValue>,
}

/// A message, or what an event adds to it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(borrow, default)]
    pub(super) content: Content<'a>,
    #[serde(borrow, default)]
    pub(super) refusal: Word<'a>,
    /// The thoughts, as DeepSeek names them.
    #[serde(borrow, default)]
    pub(super) reasoning_content: Word<'a>,
    /// The thoughts, as Groq, OpenRouter and Ollama name them.
    #[serde(borrow, default)]
    pub(super) reasoning: Word<'a>,
    /// The thoughts as OpenRouter wants them back.
    #[serde(borrow, default, deserialize_with = "parts")]
    pub(super) reasoning_details: Vec<Detail<'a>>,
    #[serde(borrow, default, deserialize_with = "parts")]
    pub(super) tool_calls: Vec<Call<'a>>,
    /// A call of before there were tools.
    #[serde(borrow, default)]
    pub(super) function_call: Option<Box<Function<'a>>>,
    #[serde(borrow, default)]
    pub(super) annotations: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) audio: Option<Box<Audio<'a>>>,
    /// Pictures, as OpenRouter gives them.
    #[serde(borrow, default)]
    pub(super) images: Option<&'a RawValue>,
    /// Tools that Groq has run.
    #[serde(borrow, default)]
    pub(super) executed_tools: Option<&'a RawValue>,
}

/// A piece of a tool call.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Call<'a> {
    #[serde(default)]
    pub(super) index: Count,
    #[serde(borrow, default)]
    pub(super) id: Word<'a>,
    #[serde(borrow, default)]
    pub(super) function: Option<Function<'a>>,
    /// A tool that takes free text.
    #[serde(borrow, default)]
    pub(super) custom: Option<Function<'a>>,
    /// What must go back with the call, such as Google's signature of thoughts.
    #[serde(borrow, default)]
    pub(super) extra_content: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Function<'a> {
    #[serde(borrow, default)]
    pub(super) name: Word<'a>,
    #[serde(borrow, default)]
    pub(super) arguments: Arguments<'a>,
    /// What a tool that takes free text is given.
    #[serde(borrow, default)]
    pub(super) input: Word<'a>,
}

/// A piece of thoughts, as OpenRouter describes it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Detail<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Word<'a>,
    #[serde(borrow, default)]
    pub(super) text: Word<'a>,
    #[serde(borrow, default)]
    pub(super) summary: Word<'a>,
    #[serde(borrow, default)]
    pub(super) data: Word<'a>,
    #[serde(borrow, default)]
    pub(super) signature: Word<'a>,
    #[serde(borrow, default)]
    pub(super) format: Word<'a>,
    #[serde(borrow, default)]
    pub(super) id: Word<'a>,
    #[serde(default)]
    pub(super) index: Count,
}

/// Spoken content, or a piece of it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Audio<'a> {
    #[serde(borrow, default)]
    pub(super) id: Word<'a>,
    #[serde(borrow, default)]
    pub(super) data: Word<'a>,
    #[serde(borrow, default)]
    pub(super) transcript: Word<'a>,
    #[serde(default)]
    pub(super) expires_at: Count,
}
