//! What a stream says of an answer besides its content.

use std::{
    borrow::Cow,
    collections::{BTreeMap, btree_map::Entry},
};

use runnable_core::{Chunk, Metadata};

use super::AiMessageChunk;
use crate::{
    FinishReason, Usage,
    model::{RateLimit, TokenLogprob},
};

/// What a stream says of an answer besides its content. Apart, since few chunks say anything of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Info {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) model: Option<String>,
    pub(super) provider: Option<Cow<'static, str>>,
    pub(super) finish_reason: Option<FinishReason>,
    pub(super) raw_finish_reason: Option<String>,
    pub(super) usage: Option<UsageReport>,
    pub(super) logprobs: Vec<TokenLogprob>,
    pub(super) rate_limits: Vec<RateLimit>,
    pub(super) metadata: Metadata,
    /// The further answers by their index, which a service may count to any number.
    pub(super) other_choices: BTreeMap<u32, AiMessageChunk>,
}

/// The largest number of rate limits that an answer keeps. Services have up to ten, and each new one
/// is compared with all that are kept.
const MOST_LIMITS: usize = 256;

impl Info {
    /// The last value stands; log-probabilities are a list that grows.
    pub(super) fn merge(&mut self, next: Self) {
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

    /// Adds a piece of a further answer.
    pub(super) fn other_choice(&mut self, index: u32, next: AiMessageChunk) {
        match self.other_choices.entry(index) {
            Entry::Occupied(mut choice) => choice.get_mut().merge(next),
            Entry::Vacant(place) => _ = place.insert(next),
        }
    }

    pub(super) fn has_content(&self) -> bool {
        !self.logprobs.is_empty() || self.other_choices.values().any(AiMessageChunk::has_content)
    }

    /// Of each limit, the last that came stands. Timeouts beyond [`MOST_LIMITS`] are left out.
    pub(super) fn limit(&mut self, mut next: Vec<RateLimit>) {
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

/// A count of tokens: all so far, or as many more, or the one and then the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct UsageReport {
    total: Option<Usage>,
    more: Usage,
}

impl UsageReport {
    pub(super) fn total(usage: Usage) -> Self {
        Self { total: Some(usage), more: Usage::default() }
    }

    pub(super) fn more(usage: Usage) -> Self {
        Self { total: None, more: usage }
    }

    fn followed_by(self, next: Self) -> Self {
        match next.total {
            Some(_) => next,
            None => Self { total: self.total, more: self.more + next.more },
        }
    }

    pub(super) fn sum(self) -> Usage {
        self.total.unwrap_or_default() + self.more
    }
}
