//! An answer, whole or an event of a stream, as it is on the wire.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::content::Content;
use crate::{
    logprobs::Logprobs,
    usage::WireUsage,
    wire::{Arguments, Count, Word, nullable},
};

/// A whole answer, or an event of a stream: they differ in one field of a choice.
///
/// Most of it is seldom there, and a stream has an event for each token. So what is large lies apart,
/// and each field has a default of its own: that of a whole struct would be made for each event.
#[derive(Debug, Deserialize)]
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
    #[serde(borrow)]
    pub(super) choices: Option<Vec<Choice<'a>>>,
    #[serde(borrow)]
    pub(super) usage: Option<Box<WireUsage<'a>>>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
    /// Azure's: what its filters say of the prompt.
    #[serde(borrow)]
    pub(super) prompt_filter_results: Option<&'a RawValue>,
    /// Perplexity's: addresses of sources.
    #[serde(borrow)]
    pub(super) citations: Option<&'a RawValue>,
    /// Perplexity's: the same sources with more about them.
    #[serde(borrow)]
    pub(super) search_results: Option<&'a RawValue>,
    /// Perplexity's.
    #[serde(borrow)]
    pub(super) images: Option<&'a RawValue>,
    /// Perplexity's.
    #[serde(borrow)]
    pub(super) related_questions: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) x_groq: Option<Box<XGroq<'a>>>,
}

/// What Groq adds.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct XGroq<'a> {
    #[serde(borrow)]
    pub(super) id: Word<'a>,
    #[serde(borrow)]
    pub(super) usage: Option<WireUsage<'a>>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Choice<'a> {
    #[serde(default)]
    pub(super) index: Count,
    /// What an event adds.
    #[serde(borrow)]
    pub(super) delta: Option<Box<Delta<'a>>>,
    /// The whole message. Some services repeat it in the last event. What Azure has filtered has
    /// none.
    #[serde(borrow)]
    pub(super) message: Option<Box<Delta<'a>>>,
    #[serde(borrow, default)]
    pub(super) finish_reason: Word<'a>,
    /// The finish reason of who answered behind a router.
    #[serde(borrow, default)]
    pub(super) native_finish_reason: Word<'a>,
    pub(super) logprobs: Option<Box<Logprobs>>,
    #[serde(borrow)]
    pub(super) content_filter_results: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

/// A message, or what an event adds to it.
#[derive(Debug, Deserialize)]
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
    #[serde(borrow, default, deserialize_with = "nullable")]
    pub(super) reasoning_details: Vec<Detail<'a>>,
    #[serde(borrow, default, deserialize_with = "nullable")]
    pub(super) tool_calls: Vec<Call<'a>>,
    /// A call of before there were tools.
    #[serde(borrow)]
    pub(super) function_call: Option<Box<Function<'a>>>,
    #[serde(borrow)]
    pub(super) annotations: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) audio: Option<Box<Audio<'a>>>,
    /// Pictures, as OpenRouter gives them.
    #[serde(borrow)]
    pub(super) images: Option<&'a RawValue>,
    /// Tools that Groq has run.
    #[serde(borrow)]
    pub(super) executed_tools: Option<&'a RawValue>,
}

/// A piece of a tool call.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Call<'a> {
    pub(super) index: Count,
    #[serde(borrow)]
    pub(super) id: Word<'a>,
    #[serde(borrow)]
    pub(super) function: Option<Function<'a>>,
    /// A tool that takes free text.
    #[serde(borrow)]
    pub(super) custom: Option<Function<'a>>,
    /// What must go back with the call, such as Google's signature of thoughts.
    #[serde(borrow)]
    pub(super) extra_content: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Function<'a> {
    #[serde(borrow)]
    pub(super) name: Word<'a>,
    #[serde(borrow)]
    pub(super) arguments: Arguments<'a>,
    /// What a tool that takes free text is given.
    #[serde(borrow)]
    pub(super) input: Word<'a>,
}

/// A piece of thoughts, as OpenRouter describes it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Detail<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Word<'a>,
    #[serde(borrow)]
    pub(super) text: Word<'a>,
    #[serde(borrow)]
    pub(super) summary: Word<'a>,
    #[serde(borrow)]
    pub(super) data: Word<'a>,
    #[serde(borrow)]
    pub(super) signature: Word<'a>,
    #[serde(borrow)]
    pub(super) format: Word<'a>,
    #[serde(borrow)]
    pub(super) id: Word<'a>,
    pub(super) index: Count,
}

/// Spoken content, or a piece of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Audio<'a> {
    #[serde(borrow)]
    pub(super) id: Word<'a>,
    #[serde(borrow)]
    pub(super) data: Word<'a>,
    #[serde(borrow)]
    pub(super) transcript: Word<'a>,
    pub(super) expires_at: Count,
}
