//! What a stream says of an answer besides its content.

use std::{
    borrow::Cow,
    collections::{BTreeMap, btree_map::Entry},
};

use runnable_core::{Chunk, Metadata};

use super::{
    finish_reason::FinishReason, rate_limit::RateLimit, token_logprob::TokenLogprob, usage::Usage,
};

/// What a stream says of an answer besides its content. Apart, since few chunks say anything of it.
///
/// `C` is a chunk of an answer: details may hold chunks of further answers.
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
    /// The further answers by their index, which a service may count to any number.
    pub(crate) other_choices: BTreeMap<u32, C>,
}

/// The largest number of rate limits that an answer keeps. Services have up to ten, and each new one
/// is compared with all that are kept.
const MOST_LIMITS: usize = 256;

impl<C: Chunk> AnswerDetails<C> {
    /// The last value stands; log-probabilities are a list that grows.
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

    /// Adds a piece of a further answer.
    pub(crate) fn other_choice(&mut self, index: u32, next: C) {
        match self.other_choices.entry(index) {
            Entry::Occupied(mut choice) => choice.get_mut().merge(next),
            Entry::Vacant(place) => _ = place.insert(next),
        }
    }

    pub(crate) fn has_content(&self) -> bool {
        !self.logprobs.is_empty() || self.other_choices.values().any(C::has_content)
    }

    /// Of each limit, the last that came stands. Timeouts beyond [`MOST_LIMITS`] are left out.
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

/// A count of tokens: all so far, or as many more, or the one and then the other.
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

    pub(crate) fn sum(self) -> Usage {
        self.total.unwrap_or_default() + self.more
    }
}
