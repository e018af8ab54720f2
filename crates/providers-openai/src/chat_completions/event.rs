//! The JSON of a complete response, or of an event of a stream, before its conversion to a message.

use runnable_http::chat::MAX_CHOICES;
use serde_json::value::RawValue;

use super::content::Content;
use crate::{
    shared::{Logprobs, WireUsage},
    wire::{Arguments, Count, List, Word, fields},
};

fields! {
    /// A complete response, or an event of a stream. They differ in one field of a [`Choice`]: a
    /// response has a `message`, and an event has a `delta`.
    ///
    /// Most events contain only a part of the text, so rare fields are boxed to keep events small.
    pub(super) struct Answer<'a> {
        pub(super) id: Word<'a>,
        pub(super) model: Word<'a>,
        pub(super) object: Word<'a>,
        pub(super) system_fingerprint: Word<'a>,
        pub(super) service_tier: Word<'a>,
        /// The provider to which a router forwarded the request.
        pub(super) provider: Word<'a>,
        pub(super) choices: List<Choice<'a>, MAX_CHOICES>,
        pub(super) usage: Option<Box<WireUsage<'a>>>,
        pub(super) error: Option<&'a RawValue>,
        /// Fields in which gateways send an error instead of an answer.
        pub(super) detail: Option<&'a RawValue>,
        pub(super) message: Option<&'a RawValue>,
        /// From Azure: the results of its filters for the prompt.
        pub(super) prompt_filter_results: Option<&'a RawValue>,
        /// From Perplexity: the URLs of sources.
        pub(super) citations: Option<&'a RawValue>,
        /// From Perplexity: the same sources with more details.
        pub(super) search_results: Option<&'a RawValue>,
        /// From Perplexity: images that belong to the answer.
        pub(super) images: Option<&'a RawValue>,
        /// From Perplexity: questions that the user may want to ask next.
        pub(super) related_questions: Option<&'a RawValue>,
        pub(super) x_groq: Option<Box<XGroq<'a>>>,
    }

    /// The fields that Groq adds.
    pub(super) struct XGroq<'a> {
        pub(super) id: Word<'a>,
        pub(super) usage: Option<Box<WireUsage<'a>>>,
        pub(super) error: Option<&'a RawValue>,
    }

    pub(super) struct Choice<'a> {
        pub(super) index: Count,
        /// The part of the message that an event adds.
        pub(super) delta: Option<Delta<'a>>,
        /// The complete message. Some services repeat it in the last event. It is missing if a
        /// content filter of Azure removed it.
        pub(super) message: Option<Box<Delta<'a>>>,
        /// The text, from services that respond in the form of the older completions API.
        pub(super) text: Word<'a>,
        pub(super) finish_reason: Word<'a>,
        /// The finish reason of the provider to which a router forwarded the request.
        pub(super) native_finish_reason: Word<'a>,
        pub(super) logprobs: Option<Logprobs<'a>>,
        pub(super) content_filter_results: Option<&'a RawValue>,
        pub(super) error: Option<&'a RawValue>,
    }

    /// A message, or the part that an event adds to it.
    pub(super) struct Delta<'a> {
        pub(super) content: Content<'a>,
        pub(super) refusal: Word<'a>,
        /// The reasoning, from DeepSeek and others.
        pub(super) reasoning_content: Word<'a>,
        /// The reasoning, from Groq, OpenRouter and Ollama.
        pub(super) reasoning: Word<'a>,
        /// The reasoning, in the form in which OpenRouter expects it back.
        pub(super) reasoning_details: List<Detail<'a>>,
        pub(super) tool_calls: List<Call<'a>>,
        /// A function call in the form that the API had before tools were introduced.
        pub(super) function_call: Option<Box<Function<'a>>>,
        pub(super) annotations: Option<&'a RawValue>,
        pub(super) audio: Option<Box<Audio<'a>>>,
        /// Images, from OpenRouter.
        pub(super) images: Option<&'a RawValue>,
        /// Tools that Groq has run.
        pub(super) executed_tools: Option<&'a RawValue>,
    }
    => |text| {
        Some(Self { content: Content::Text(text), ..Self::default() })
    }

    /// A part of a tool call.
    pub(super) struct Call<'a> {
        pub(super) index: Count,
        pub(super) id: Word<'a>,
        pub(super) function: Option<Function<'a>>,
        /// The call of a custom tool, whose input is free text.
        pub(super) custom: Option<Function<'a>>,
        /// Data that must be sent back with the call, such as Google's thought signature.
        pub(super) extra_content: Option<&'a RawValue>,
    }

    pub(super) struct Function<'a> {
        pub(super) name: Word<'a>,
        pub(super) arguments: Arguments<'a>,
        /// The input of a custom tool.
        pub(super) input: Word<'a>,
    }

    /// A part of the reasoning, in the form that OpenRouter uses.
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

    /// Generated audio, or a part of it.
    pub(super) struct Audio<'a> {
        pub(super) id: Word<'a>,
        pub(super) data: Word<'a>,
        pub(super) transcript: Word<'a>,
        pub(super) expires_at: Count,
    }
}
