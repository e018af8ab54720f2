//! How many tokens an answer took.

use runnable_chat::Usage;
use serde_json::{Map, Value};

/// What was said of it so far. Older streams tell the input at the beginning only, newer ones tell
/// all again at the end, and gateways at the end only: of each field the last value stands.
#[derive(Debug, Default)]
pub(super) struct UsageSoFar {
    fields: Map<String, Value>,
    /// How often the fields were given out.
    told: u32,
    /// Whether fields came after that.
    is_new: bool,
}

/// How often all fields are given out while a stream goes on. Streams report twice or so; of one
/// that reports with each event, a copy each time would cost the square of their number.
const REPORTS: u32 = 16;

/// The most ages of cached tokens that are summed up. There are two.
const AGES: usize = 64;

impl UsageSoFar {
    pub(super) fn merge(&mut self, next: Map<String, Value>) {
        self.is_new = true;
        self.fields.extend(next.into_iter().filter(|(_, value)| !value.is_null()));
    }

    /// The usage as the service wrote it, with all that is its own: prices, tiers, the runs of its
    /// tools. `None` if it was given out too often.
    pub(super) fn news(&mut self) -> Option<Value> {
        if self.told == REPORTS {
            return None;
        }
        self.told += 1;
        self.is_new = false;
        Some(Value::Object(self.fields.clone()))
    }

    /// The usage at the end of the answer, if not all of it was given out.
    pub(super) fn rest(&mut self) -> Option<Value> {
        let is_new = std::mem::take(&mut self.is_new);
        (is_new && self.told == REPORTS).then(|| Value::Object(self.fields.clone()))
    }

    /// The count, if there is one. The service's input does not hold what was read from the cache or
    /// written to it; ours does.
    pub(super) fn count(&self) -> Option<Usage> {
        let known = ["input_tokens", "output_tokens"];
        if !known.iter().any(|key| self.fields.contains_key(*key)) {
            return None;
        }
        let read = self.tokens("cache_read_input_tokens");
        let created = match self.fields.get("cache_creation") {
            Some(Value::Object(by_age)) if !self.fields.contains_key(CREATED) => {
                by_age.values().take(AGES).filter_map(Value::as_u64).fold(0, u64::saturating_add)
            }
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
                .with_reasoning(thought.unwrap_or_default()),
        )
    }

    fn tokens(&self, key: &str) -> u64 {
        self.fields.get(key).and_then(Value::as_u64).unwrap_or_default()
    }
}

const CREATED: &str = "cache_creation_input_tokens";
