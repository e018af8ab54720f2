//! [`Answer`]: the details of a model's answer besides its content.

use runnable_chat::{AiMessage, AiMessageChunk, FinishReason, Usage};
use runnable_core::{Error, Payload};

use crate::{attributes::Attributes, names};

/// The details of a model's answer besides its content. An answer can be incomplete, if the run
/// failed or was cancelled.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    id: Option<String>,
    pub(crate) model: Option<String>,
    /// The finish reasons, one for each answer to the request.
    finish_reasons: Vec<FinishReason>,
    pub(crate) usage: Option<Usage>,
}

impl Answer {
    /// Returns the details of the output of a run, or of its merged chunks.
    pub(crate) fn of_output(output: Payload<'_>) -> Option<Self> {
        let complete = output.downcast_ref().map(Self::of_message);
        complete.or_else(|| output.downcast_ref().map(Self::of_chunk))
    }

    /// Returns the details of the output of a text model or an embedding model, which reports only
    /// its usage.
    pub(crate) fn of_usage(usage: Usage) -> Self {
        Self { usage: Some(usage), ..Self::default() }
    }

    /// Returns the details of the partial answer that an error contains.
    pub(crate) fn of_error(error: &Error) -> Option<Self> {
        error.partial().as_ref().map(Self::of_chunk)
    }

    fn of_message(message: &AiMessage) -> Self {
        let answers = [message].into_iter().chain(&message.other_choices);
        Self {
            id: message.id.clone(),
            model: message.model.clone(),
            finish_reasons: answers.filter_map(|answer| answer.finish_reason.clone()).collect(),
            usage: message.usage,
        }
    }

    fn of_chunk(chunk: &AiMessageChunk) -> Self {
        Self {
            id: chunk.id().map(str::to_owned),
            model: chunk.model().map(str::to_owned),
            finish_reasons: chunk.finish_reason().cloned().into_iter().collect(),
            usage: chunk.usage(),
        }
    }

    /// Adds the attributes of the answer. `requested` is the model that the run has requested.
    pub(crate) fn describe(&self, requested: Option<&str>, attributes: &mut Attributes<'_>) {
        attributes.add_known(names::RESPONSE_MODEL, self.model.as_deref());
        if requested.is_none() {
            attributes.add_known(names::OI_MODEL_NAME, self.model.as_deref());
        }
        attributes.add_known(names::RESPONSE_ID, self.id.as_deref());
        let reasons = self.finish_reasons.iter().map(|reason| reason.as_str().to_owned().into());
        attributes.add_names(names::RESPONSE_FINISH_REASONS, reasons);
        let first = self.finish_reasons.first().map(FinishReason::as_str);
        attributes.add_known(names::OI_FINISH_REASON, first);
        match &self.usage {
            Some(usage) if usage.is_cached() => describe_cached(usage, attributes),
            Some(usage) => describe_usage(usage, attributes),
            None => {}
        }
    }
}

/// Adds the tokens of an answer that came from an answer cache. They were not spent, so they are not
/// added as usage: services compute costs from the usage of spans.
fn describe_cached(usage: &Usage, attributes: &mut Attributes<'_>) {
    let cached = usage.answer_cache_details;
    attributes.add(names::ANSWER_CACHE_HIT, true);
    attributes.add_positive(names::ANSWER_CACHE_INPUT_TOKENS, cached.input_tokens);
    attributes.add_positive(names::ANSWER_CACHE_OUTPUT_TOKENS, cached.output_tokens);
}

/// Adds the tokens for both conventions. In both of them and in [`Usage`], the totals include the
/// tokens of caches and of the reasoning.
fn describe_usage(usage: &Usage, attributes: &mut Attributes<'_>) {
    let (input, output) = (usage.input_token_details, usage.output_token_details);
    attributes.add_count(names::USAGE_INPUT_TOKENS, usage.input_tokens);
    attributes.add_count(names::USAGE_OUTPUT_TOKENS, usage.output_tokens);
    attributes.add_count(names::OI_TOKENS_PROMPT, usage.input_tokens);
    attributes.add_count(names::OI_TOKENS_COMPLETION, usage.output_tokens);
    attributes.add_count(names::OI_TOKENS_TOTAL, usage.total_tokens);
    let details: [(&[&'static str], u64); 5] = [
        (&[names::USAGE_CACHE_READ, names::OI_TOKENS_CACHE_READ], input.cache_read),
        (
            &[names::USAGE_CACHE_WRITE, names::USAGE_CACHE_CREATION, names::OI_TOKENS_CACHE_WRITE],
            input.cache_creation,
        ),
        (&[names::USAGE_REASONING, names::OI_TOKENS_REASONING], output.reasoning),
        (&[names::USAGE_AUDIO_INPUT, names::OI_TOKENS_PROMPT_AUDIO], input.audio),
        (&[names::USAGE_AUDIO_OUTPUT, names::OI_TOKENS_COMPLETION_AUDIO], output.audio),
    ];
    for (detail_names, count) in details {
        for name in detail_names {
            attributes.add_positive(name, count);
        }
    }
}
