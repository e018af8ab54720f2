//! [`Cacheable`]: the kinds of answers that a cache can share and keep.

use runnable_chat::{AiMessage, AiMessageChunk, FinishReason, Usage, metering::USAGE_REPORT};
use runnable_core::{Chunked, RunContext};

use super::flights::FlightsOf;
use crate::CachedValue;

/// The shared requests of a cache, by the kind of their answers.
#[derive(Default)]
pub(crate) struct Flights {
    chat: FlightsOf<AiMessage>,
    text: FlightsOf<String>,
}

/// An answer that a cache can share between calls and keep.
pub(crate) trait Cacheable: Chunked {
    /// Returns the shared requests with answers of this kind.
    fn flights(flights: &Flights) -> &FlightsOf<Self>;

    /// Returns whether the answer is complete, so that the cache may keep it.
    fn is_complete(&self) -> bool;

    /// Converts the answer to the form in which a store keeps it.
    fn into_value(self) -> CachedValue;

    /// Returns the answer of a store, marked as cached. Returns `None` if the store has an answer
    /// of another kind.
    fn of_value(value: &CachedValue) -> Option<Self>;

    /// Marks the usage in a chunk as cached, because another call has reported it.
    fn marked(chunk: Self::Chunk) -> Self::Chunk;

    /// Reports that the answer came from the cache, if it does not state its usage itself.
    fn report_cached(cx: &RunContext);
}

impl Cacheable for AiMessage {
    fn flights(flights: &Flights) -> &FlightsOf<Self> {
        &flights.chat
    }

    /// An answer with an unknown finish reason may be truncated, so it does not count as complete.
    fn is_complete(&self) -> bool {
        use FinishReason::{Refusal, Stop, ToolCalls};
        matches!(self.finish_reason, None | Some(Stop | ToolCalls | Refusal))
            && !self.content.is_empty()
            && self.invalid_tool_calls().next().is_none()
            && self.other_choices.iter().all(Self::is_complete)
    }

    /// The rate limits describe the moment of the first answer, so the store does not get them.
    fn into_value(mut self) -> CachedValue {
        self.rate_limits.clear();
        CachedValue::Chat(Box::new(self))
    }

    fn of_value(value: &CachedValue) -> Option<Self> {
        let CachedValue::Chat(answer) = value else {
            return None;
        };
        let mut answer = Self::clone(answer);
        // An answer without a usage is marked, too. Otherwise its cost would be unknown.
        answer.usage = Some(answer.usage.unwrap_or_default().marked_as_cached());
        Some(answer)
    }

    fn marked(chunk: AiMessageChunk) -> AiMessageChunk {
        chunk.marked_as_cached()
    }

    fn report_cached(_: &RunContext) {}
}

impl Cacheable for String {
    fn flights(flights: &Flights) -> &FlightsOf<Self> {
        &flights.text
    }

    fn is_complete(&self) -> bool {
        !self.is_empty()
    }

    fn into_value(self) -> CachedValue {
        CachedValue::Text(self)
    }

    fn of_value(value: &CachedValue) -> Option<Self> {
        match value {
            CachedValue::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    fn marked(chunk: Self) -> Self {
        chunk
    }

    fn report_cached(cx: &RunContext) {
        cx.emit_report(USAGE_REPORT, &Usage::default().marked_as_cached());
    }
}
