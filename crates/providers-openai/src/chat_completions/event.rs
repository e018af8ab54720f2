//! An answer, whole or an event of a stream, as it is on the wire.

use runnable_http::chat::MAX_CHOICES;
use serde_json::value::RawValue;

use super::content::Content;
use crate::{
    shared::{Logprobs, WireUsage},
    wire::{Arguments, Count, List, Word, fields},
};

fields! {
    /// A whole answer, or an event of a stream: they differ in one field of a choice.
    ///
    /// Most events are a piece of text. What is seldom there is boxed, so that they are small.
    pub(super) struct Answer<'a> {
        pub(super) id: Word<'a>,
        pub(super) model: Word<'a>,
        pub(super) object: Word<'a>,
        pub(super) system_fingerprint: Word<'a>,
        pub(super) service_tier: Word<'a>,
        /// Who answered behind a router.
        pub(super) provider: Word<'a>,
        pub(super) choices: List<Choice<'a>, MAX_CHOICES>,
        pub(super) usage: Option<Box<WireUsage<'a>>>,
        pub(super) error: Option<&'a RawValue>,
        /// What gateways write in the place of an answer.
        pub(super) detail: Option<&'a RawValue>,
        pub(super) message: Option<&'a RawValue>,
        /// Azure's: what its filters say of the prompt.
        pub(super) prompt_filter_results: Option<&'a RawValue>,
        /// Perplexity's: addresses of sources.
        pub(super) citations: Option<&'a RawValue>,
        /// Perplexity's: the same sources with more about them.
        pub(super) search_results: Option<&'a RawValue>,
        /// Perplexity's.
        pub(super) images: Option<&'a RawValue>,
        /// Perplexity's.
        pub(super) related_questions: Option<&'a RawValue>,
        pub(super) x_groq: Option<Box<XGroq<'a>>>,
    }

    /// What Groq adds.
    pub(super) struct XGroq<'a> {
        pub(super) id: Word<'a>,
        pub(super) usage: Option<Box<WireUsage<'a>>>,
        pub(super) error: Option<&'a RawValue>,
    }

    pub(super) struct Choice<'a> {
        pub(super) index: Count,
        /// What an event adds.
        pub(super) delta: Option<Delta<'a>>,
        /// The whole message. Some services repeat it in the last event. What Azure has filtered has
        /// none.
        pub(super) message: Option<Box<Delta<'a>>>,
        /// The text, of services that answer as to a completion of text.
        pub(super) text: Word<'a>,
        pub(super) finish_reason: Word<'a>,
        /// The finish reason of who answered behind a router.
        pub(super) native_finish_reason: Word<'a>,
        pub(super) logprobs: Option<Logprobs<'a>>,
        pub(super) content_filter_results: Option<&'a RawValue>,
        pub(super) error: Option<&'a RawValue>,
    }

    /// A message, or what an event adds to it.
    pub(super) struct Delta<'a> {
        pub(super) content: Content<'a>,
        pub(super) refusal: Word<'a>,
        /// The thoughts, as DeepSeek names them.
        pub(super) reasoning_content: Word<'a>,
        /// The thoughts, as Groq, OpenRouter and Ollama name them.
        pub(super) reasoning: Word<'a>,
        /// The thoughts as OpenRouter wants them back.
        pub(super) reasoning_details: List<Detail<'a>>,
        pub(super) tool_calls: List<Call<'a>>,
        /// A call of before there were tools.
        pub(super) function_call: Option<Box<Function<'a>>>,
        pub(super) annotations: Option<&'a RawValue>,
        pub(super) audio: Option<Box<Audio<'a>>>,
        /// Pictures, as OpenRouter gives them.
        pub(super) images: Option<&'a RawValue>,
        /// Tools that Groq has run.
        pub(super) executed_tools: Option<&'a RawValue>,
    }
    => |text| {
        Some(Self { content: Content::Text(text), ..Self::default() })
    }

    /// A piece of a tool call.
    pub(super) struct Call<'a> {
        pub(super) index: Count,
        pub(super) id: Word<'a>,
        pub(super) function: Option<Function<'a>>,
        /// A tool that takes free text.
        pub(super) custom: Option<Function<'a>>,
        /// What must go back with the call, such as Google's signature of thoughts.
        pub(super) extra_content: Option<&'a RawValue>,
    }

    pub(super) struct Function<'a> {
        pub(super) name: Word<'a>,
        pub(super) arguments: Arguments<'a>,
        /// What a tool that takes free text is given.
        pub(super) input: Word<'a>,
    }

    /// A piece of thoughts, as OpenRouter describes it.
    pub(super) struct Detail<'a> {
        pub(super) kind = "type": Word<'a>,
        pub(super) text: Word<'a>,
        pub(super) summary: Word<'a>,
        pub(super) data: Word<'a>,
        pub(super) signature: Word<'a>,
        pub(super) format: Word<'a>,
        pub(super) id: Word<'a>,
        pub(super) index: Count,
    }

    /// Spoken content, or a piece of it.
    pub(super) struct Audio<'a> {
        pub(super) id: Word<'a>,
        pub(super) data: Word<'a>,
        pub(super) transcript: Word<'a>,
        pub(super) expires_at: Count,
    }
}
