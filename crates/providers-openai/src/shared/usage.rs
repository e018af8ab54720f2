//! The token usage of an answer.

use runnable_chat::Usage;
use serde_json::value::RawValue;

use crate::wire::{Count, fields};

fields! {
    /// The token usage, with the field names of both APIs and of other services.
    pub(crate) struct WireUsage<'a> {
        prompt_tokens: Count,
        input_tokens: Count,
        completion_tokens: Count,
        output_tokens: Count,
        total_tokens: Count,
        prompt_tokens_details: Option<Input>,
        input_tokens_details: Option<Input>,
        completion_tokens_details: Option<Output>,
        output_tokens_details: Option<Output>,
        /// From DeepSeek.
        prompt_cache_hit_tokens: Count,
        /// From Moonshot.
        cached_tokens: Count,
        reasoning_tokens: Count,
        /// From routers: the cost of the answer.
        pub(crate) cost: Option<&'a RawValue>,
    }

    struct Input {
        audio_tokens: Count,
        cached_tokens: Count,
        cache_write_tokens: Count,
        cache_creation_tokens: Count,
    }

    struct Output {
        audio_tokens: Count,
        reasoning_tokens: Count,
    }
}

impl WireUsage<'_> {
    /// Converts the usage to the standard form. Returns `None` if there are no counts.
    pub(crate) fn read(&self) -> Option<Usage> {
        let input = self.prompt_tokens.or(self.input_tokens);
        let output = self.completion_tokens.or(self.output_tokens);
        input.or(output).or(self.total_tokens).0?;
        let mut usage = Usage::new(input.or_zero(), output.or_zero());
        if let Some(total) = self.total_tokens.0 {
            usage.total_tokens = total;
        }
        let none = (Input::default(), Output::default());
        let input = self.prompt_tokens_details.as_ref().or(self.input_tokens_details.as_ref());
        let input = input.unwrap_or(&none.0);
        let output =
            self.completion_tokens_details.as_ref().or(self.output_tokens_details.as_ref());
        let output = output.unwrap_or(&none.1);
        let cached =
            input.cached_tokens.or(self.prompt_cache_hit_tokens).or(self.cached_tokens).or_zero();
        let written = input.cache_write_tokens.or(input.cache_creation_tokens).or_zero();
        let thought = output.reasoning_tokens.or(self.reasoning_tokens).or_zero();
        usage = usage.with_cache_read(cached).with_cache_creation(written).with_reasoning(thought);
        usage.input_token_details.audio = input.audio_tokens.or_zero();
        usage.output_token_details.audio = output.audio_tokens.or_zero();
        // xAI includes reasoning in the total and not in the output tokens.
        let counted = usage.input_tokens.saturating_add(usage.output_tokens);
        if thought > 0 && usage.total_tokens.checked_sub(counted) == Some(thought) {
            usage.output_tokens = usage.output_tokens.saturating_add(thought);
        }
        Some(usage)
    }
}
