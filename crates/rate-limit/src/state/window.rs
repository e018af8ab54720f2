//! [`Window`]: the amount that was let through in the last period of a limit.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use super::limit::Limit;
use crate::quantity::Tokens;

/// The amount that was let through in the last period of a limit.
///
/// The window keeps the times of the requests. A counter that refills steadily would be smaller,
/// but it lets through twice the limit in some periods: what it has saved up, and what is refilled.
#[derive(Debug)]
pub(super) struct Window {
    limit: Limit,
    used: u64,
    entries: VecDeque<Entry>,
}

/// Requests that were let through at nearly the same time. They count until a period after the last
/// of them.
#[derive(Debug)]
struct Entry {
    first: Instant,
    last: Instant,
    amount: u64,
}

/// A period is divided into this number of parts. Requests in the same part are stored as one entry,
/// so that the size of a window does not depend on the limit.
const PARTS: u32 = 1_000;

impl Window {
    pub(super) fn new(limit: Limit) -> Self {
        Self { limit, used: 0, entries: VecDeque::new() }
    }

    /// Removes the entries whose period has passed.
    pub(super) fn expire(&mut self, now: Instant) {
        let has_passed =
            |entry: &Entry| now.saturating_duration_since(entry.last) >= self.limit.per;
        while let Some(entry) = self.entries.front().filter(|entry| has_passed(entry)) {
            self.used = self.used.saturating_sub(entry.amount);
            self.entries.pop_front();
        }
    }

    /// Returns when a request with these tokens fits into the limit. Returns `None` if it fits now.
    ///
    /// A request that is larger than the limit fits when nothing else was let through in the last
    /// period. Otherwise it would wait forever.
    pub(super) fn fits_at(&self, tokens: Tokens) -> Option<Instant> {
        let amount = tokens.amount(self.limit.quantity).min(self.limit.amount);
        let room = self.limit.amount - amount;
        let mut used = self.used;
        if used <= room {
            return None;
        }
        let enough = self.entries.iter().find(|entry| {
            used = used.saturating_sub(entry.amount);
            used <= room
        });
        enough.map(|entry| entry.last + self.limit.per)
    }

    /// Adds a request that is let through now.
    pub(super) fn add(&mut self, tokens: Tokens, now: Instant) {
        let amount = tokens.amount(self.limit.quantity);
        self.used = self.used.saturating_add(amount);
        let part: Duration = self.limit.per / PARTS;
        match self.entries.back_mut() {
            Some(entry) if now.saturating_duration_since(entry.first) < part => {
                entry.last = now;
                entry.amount = entry.amount.saturating_add(amount);
            }
            _ => self.entries.push_back(Entry { first: now, last: now, amount }),
        }
    }

    /// Replaces the estimate of a request that was let through at this time. Does nothing if its
    /// period has passed.
    pub(super) fn correct(&mut self, at: Instant, estimate: Tokens, actual: Tokens) {
        let (estimate, actual) =
            (estimate.amount(self.limit.quantity), actual.amount(self.limit.quantity));
        let index = self.entries.partition_point(|entry| entry.last < at);
        if let Some(entry) = self.entries.get_mut(index).filter(|entry| entry.first <= at) {
            entry.amount = entry.amount.saturating_sub(estimate).saturating_add(actual);
            self.used = self.used.saturating_sub(estimate).saturating_add(actual);
        }
    }
}
