//! The token usage of an answer.

use runnable_chat::Usage;
use serde_json::{Map, Value};

/// The token usage that has been reported so far in one response.
///
/// Some streams report the input tokens only at the start, others report all counts again at the
/// end, and some gateways report counts only at the end. The last value of each field is used.
#[derive(Debug, Default)]
pub(super) struct UsageSoFar {
    fields: Map<String, Value>,
    /// The number of times that all fields were returned.
    reports: u32,
    /// Whether fields were received since all fields were last returned.
    is_new: bool,
}

/// The maximum number of times that all fields are returned during a stream. Streams usually report
/// the usage twice. If a stream reported it in every event, copying all fields each time would take
/// quadratic time.
const MAX_REPORTS: u32 = 16;

/// The maximum number of cache lifetimes whose token counts are added up. The API has two
/// lifetimes.
const MAX_LIFETIMES: usize = 64;

impl UsageSoFar {
    pub(super) fn merge(&mut self, next: Map<String, Value>) {
        self.is_new = true;
        self.fields.extend(next.into_iter().filter(|(_, value)| !value.is_null()));
    }

    /// Returns all fields as the service sent them, for example with tiers and the use of tools.
    /// Returns `None` if this method was already called [`MAX_REPORTS`] times.
    pub(super) fn latest(&mut self) -> Option<Value> {
        if self.reports == MAX_REPORTS {
            return None;
        }
        self.reports += 1;
        self.is_new = false;
        Some(Value::Object(self.fields.clone()))
    }

    /// Returns all fields at the end of the answer, if `latest` has not returned the last of them.
    pub(super) fn rest(&mut self) -> Option<Value> {
        let is_new = std::mem::take(&mut self.is_new);
        (is_new && self.reports == MAX_REPORTS).then(|| Value::Object(self.fields.clone()))
    }

    /// Converts the usage to the standard form, if it is known. The API does not count tokens that
    /// were read from the cache or written to it as input tokens, so this method adds them.
    pub(super) fn count(&self) -> Option<Usage> {
        let known = ["input_tokens", "output_tokens"];
        if !known.iter().any(|key| self.fields.contains_key(*key)) {
            return None;
        }
        let read = self.tokens("cache_read_input_tokens");
        let created = match self.fields.get("cache_creation") {
            Some(Value::Object(by_lifetime)) if !self.fields.contains_key(CREATED) => by_lifetime
                .values()
                .take(MAX_LIFETIMES)
                .filter_map(Value::as_u64)
                .fold(0, u64::saturating_add),
            _ => self.tokens(CREATED),
        };
        let input = self.tokens("input_tokens").saturating_add(read).saturating_add(created);
        let thought = self.fields.get("output_tokens_details").and_then(|details| {
            details.get("thinking_tokens").or(details.get("reasoning_tokens"))?.as_u64()
        });
        let count = Usage::new(input, self.tokens("output_tokens"));
        Some(
            count
                .with_cache_read(read)
                .with_cache_creation(created)
                .with_cache_creation_1h(self.created_for_an_hour().min(created))
                .with_reasoning(thought.unwrap_or_default()),
        )
    }

    /// Returns how many of the tokens that were written to the cache are cached for an hour.
    fn created_for_an_hour(&self) -> u64 {
        let by_lifetime = self.fields.get("cache_creation").and_then(Value::as_object);
        let for_an_hour = by_lifetime.and_then(|tokens| tokens.get("ephemeral_1h_input_tokens"));
        for_an_hour.and_then(Value::as_u64).unwrap_or_default()
    }

    fn tokens(&self, key: &str) -> u64 {
        self.fields.get(key).and_then(Value::as_u64).unwrap_or_default()
    }
}

const CREATED: &str = "cache_creation_input_tokens";
