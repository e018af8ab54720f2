//! [`Parts`]: decides which messages a summary replaces.

use std::ops::Range;

use runnable_chat::Message;

use crate::{
    messages::{SizeLimit, groups},
    tokens::TokenCounter,
};

/// The groups of messages after the system messages of a conversation, with their sizes.
///
/// Messages of a group are not separated. A number of groups stands for the groups at the start.
pub(super) struct Parts {
    limit: u64,
    /// The size that remains when groups are cut off.
    keep: u64,
    start: usize,
    ends: Vec<usize>,
    sizes: Vec<u64>,
    /// The size of everything that cannot be cut off.
    base: u64,
}

impl Parts {
    /// Divides the messages after `start`.
    pub(super) fn new(
        messages: &[Message],
        start: usize,
        limit: SizeLimit,
        keep: u64,
        counter: &dyn TokenCounter,
    ) -> Self {
        let size = |messages: &[Message]| limit.size(messages, counter);
        let rest = &messages[start..];
        let groups = groups(rest);
        let sizes = groups.iter().map(|group| size(&rest[group.clone()])).collect();
        let ends = groups.iter().map(|group| start + group.end).collect();
        Self { limit: limit.get(), keep, start, ends, sizes, base: size(&messages[..start]) }
    }

    /// Scales all sizes, so that the conversation has the size `total`.
    pub(super) fn scale_to(&mut self, total: u64) {
        let own = u128::from(self.size_without(0).max(1));
        let scale = |size: &mut u64| {
            let scaled = (u128::from(*size) * u128::from(total)).div_ceil(own);
            *size = u64::try_from(scaled).unwrap_or(u64::MAX);
        };
        self.sizes.iter_mut().chain([&mut self.base]).for_each(scale);
    }

    /// Adds a size that cannot be cut off.
    pub(super) fn add(&mut self, size: u64) {
        self.base = self.base.saturating_add(size);
    }

    /// Returns the number of groups.
    pub(super) fn len(&self) -> usize {
        self.sizes.len()
    }

    /// Returns the place of groups in the list of messages. `groups` are numbers of groups.
    pub(super) fn range(&self, groups: Range<usize>) -> Range<usize> {
        let end = |count: usize| count.checked_sub(1).map_or(self.start, |last| self.ends[last]);
        end(groups.start)..end(groups.end)
    }

    /// Returns the size of the conversation without this number of groups.
    pub(super) fn size_without(&self, count: usize) -> u64 {
        self.sizes[count..].iter().fold(self.base, |sum, size| sum.saturating_add(*size))
    }

    /// Returns the numbers of groups that summaries replace one after the other, if the first
    /// `first` groups are replaced already.
    ///
    /// The conversation is cut as if it grew group by group: as soon as the rest exceeds the limit,
    /// its oldest groups are cut off until it has at most the size `keep`. Therefore the cuts of a
    /// conversation remain the same while it grows, and a summary can be used for many turns. The
    /// newest group is never cut off.
    pub(super) fn cuts(&self, mut first: usize) -> Vec<usize> {
        let (mut total, mut cuts) = (self.base, Vec::new());
        for (newest, size) in self.sizes.iter().enumerate().skip(first) {
            total = total.saturating_add(*size);
            if total <= self.limit {
                continue;
            }
            let before = first;
            while first < newest && total > self.keep {
                total = total.saturating_sub(self.sizes[first]);
                first += 1;
            }
            if first > before {
                cuts.push(first);
            }
        }
        cuts
    }
}
