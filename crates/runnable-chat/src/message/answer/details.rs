//! The details of a streamed answer besides its content.

use std::{
    borrow::Cow,
    collections::{BTreeMap, btree_map::Entry},
};

use runnable_core::{Chunk, Metadata};

use super::{
    finish_reason::FinishReason, rate_limit::RateLimit, token_logprob::TokenLogprob, usage::Usage,
};

/// The details of a streamed answer besides its content, such as its usage and finish reason.
///
/// They are stored separately from the content, because most chunks have no details. This keeps
/// chunks small.
///
/// `C` is the type of a chunk of an answer, because the details can contain chunks of the other
/// answers to the same request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AnswerDetails<C> {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) provider: Option<Cow<'static, str>>,
    pub(crate) finish_reason: Option<FinishReason>,
    pub(crate) raw_finish_reason: Option<String>,
    pub(crate) usage: Option<UsageReport>,
    pub(crate) logprobs: Vec<TokenLogprob>,
    pub(crate) rate_limits: Vec<RateLimit>,
    pub(crate) metadata: Metadata,
    /// The other answers to the same request, by index. The service chooses the indexes, so they
    /// can be any numbers.
    pub(crate) other_choices: BTreeMap<u32, C>,
}

/// The maximum number of rate limits that an answer keeps. Services report up to ten. The number is
/// limited because each new rate limit is compared with all others.
const MOST_LIMITS: usize = 256;

impl<C: Chunk> AnswerDetails<C> {
    /// Merges the details of a later chunk into these details. The last value of a field wins.
    /// Log-probabilities are appended.
    pub(crate) fn merge(&mut self, next: Self) {
        self.id = next.id.or(self.id.take());
        self.name = next.name.or(self.name.take());
        self.model = next.model.or(self.model.take());
        self.provider = next.provider.or(self.provider.take());
        if next.finish_reason.is_some() {
            self.finish_reason = next.finish_reason;
            self.raw_finish_reason = next.raw_finish_reason;
        }
        if let Some(next) = next.usage {
            self.usage = Some(self.usage.map_or(next, |usage| usage.followed_by(next)));
        }
        self.logprobs.extend(next.logprobs);
        self.limit(next.rate_limits);
        self.metadata.extend(next.metadata);
        for (index, next) in next.other_choices {
            self.other_choice(index, next);
        }
    }

    /// Merges a chunk into the other answer that has this index.
    pub(crate) fn other_choice(&mut self, index: u32, next: C) {
        match self.other_choices.entry(index) {
            Entry::Occupied(mut choice) => choice.get_mut().merge(next),
            Entry::Vacant(place) => _ = place.insert(next),
        }
    }

    pub(crate) fn has_content(&self) -> bool {
        !self.logprobs.is_empty() || self.other_choices.values().any(C::has_content)
    }

    /// Adds rate limits. A limit replaces an earlier limit with the same name. Limits beyond
    /// [`MOST_LIMITS`] are ignored.
    pub(crate) fn limit(&mut self, mut next: Vec<RateLimit>) {
        if self.rate_limits.is_empty() {
            next.truncate(MOST_LIMITS);
            self.rate_limits = next;
            return;
        }
        for next in next {
            let is_full = self.rate_limits.len() >= MOST_LIMITS;
            match self.rate_limits.iter_mut().find(|limit| limit.name == next.name) {
                Some(limit) => *limit = next,
                None if is_full => {}
                None => self.rate_limits.push(next),
            }
        }
    }
}

impl<C> Default for AnswerDetails<C> {
    fn default() -> Self {
        Self {
            id: None,
            name: None,
            model: None,
            provider: None,
            finish_reason: None,
            raw_finish_reason: None,
            usage: None,
            logprobs: Vec::new(),
            rate_limits: Vec::new(),
            metadata: Metadata::new(),
            other_choices: BTreeMap::new(),
        }
    }
}

/// The token counts of a chunk: the total so far, an addition to the total, or a total followed by
/// additions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct UsageReport {
    total: Option<Usage>,
    more: Usage,
}

impl UsageReport {
    pub(crate) fn total(usage: Usage) -> Self {
        Self { total: Some(usage), more: Usage::default() }
    }

    pub(crate) fn more(usage: Usage) -> Self {
        Self { total: None, more: usage }
    }

    fn followed_by(self, next: Self) -> Self {
        match next.total {
            Some(_) => next,
            None => Self { total: self.total, more: self.more + next.more },
        }
    }

    /// Marks the counts as the counts of an answer that came from an answer cache.
    pub(crate) fn marked_as_cached(self) -> Self {
        // An addition is not an answer, so only a total counts as one.
        let mut more = self.more.marked_as_cached();
        more.answer_cache_details.answers = 0;
        Self { total: self.total.map(Usage::marked_as_cached), more }
    }

    pub(crate) fn sum(self) -> Usage {
        self.total.unwrap_or_default() + self.more
    }
}
