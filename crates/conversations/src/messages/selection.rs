//! [`Selection`]: decides which messages a trim keeps.

use std::ops::Range;

use runnable_chat::Message;

use super::groups::groups;

/// The groups of a conversation with their sizes, from which a trim keeps some.
///
/// The groups are ranges of messages that must not be separated.
pub(super) struct Selection {
    groups: Vec<Range<usize>>,
    sizes: Vec<u64>,
    /// The number of groups at the start that are system messages, and are kept.
    system: usize,
    /// The groups that are kept whatever their size.
    required: Vec<usize>,
    keeps_oldest: bool,
    /// For each group, whether its first message is a human message.
    is_human: Vec<bool>,
}

/// The messages that a trim keeps.
pub(super) struct Kept {
    /// For each message, whether it is kept.
    pub(super) flags: Vec<bool>,
    /// The size of the kept messages.
    pub(super) size: u64,
}

impl Selection {
    pub(super) fn new(
        messages: &[Message],
        keeps_system: bool,
        keeps_oldest: bool,
        size: impl Fn(&[Message]) -> u64,
    ) -> Self {
        let groups = groups(messages);
        let sizes = groups.iter().map(|group| size(&messages[group.clone()])).collect();
        // System messages are groups of one message, so this is also a number of groups.
        let is_leading = |message: &&Message| keeps_system && is_system(message);
        let system = messages.iter().take_while(is_leading).count();
        let has_human = |group: &Range<usize>| messages[group.clone()].iter().any(is_human);
        let rest = &groups[system..];
        let newest_human = rest.iter().rposition(has_human).map(|group| system + group);
        let required = match (rest.is_empty(), keeps_oldest) {
            (true, _) => Vec::new(),
            (false, true) => vec![system],
            (false, false) => newest_human.into_iter().chain([groups.len() - 1]).collect(),
        };
        let is_human = groups.iter().map(|group| is_human(&messages[group.start])).collect();
        Self { groups, sizes, system, required, keeps_oldest, is_human }
    }

    /// Returns the size of all messages.
    pub(super) fn total(&self) -> u64 {
        self.sizes.iter().fold(0, |sum, size| sum.saturating_add(*size))
    }

    /// Returns the messages that are kept if they must not exceed `limit`. The messages that are
    /// always kept can exceed it.
    pub(super) fn within(&self, limit: u64) -> Kept {
        let mut kept: Vec<_> = (0..self.groups.len()).map(|group| group < self.system).collect();
        self.required.iter().for_each(|group| kept[*group] = true);
        let mut size = self.size_of(&kept);
        let mut add = |group: usize, kept: &mut [bool]| {
            if !kept[group] {
                size = size.saturating_add(self.sizes[group]);
                kept[group] = size <= limit;
            }
            kept[group]
        };
        let mut rest = self.system..self.groups.len();
        if self.keeps_oldest {
            _ = rest.all(|group| add(group, &mut kept));
        } else {
            _ = rest.rev().all(|group| add(group, &mut kept));
            // An answer whose question was removed would be the first message.
            let first_human =
                (self.system..kept.len()).find(|group| kept[*group] && self.is_human[*group]);
            kept[self.system..first_human.unwrap_or(self.system)].fill(false);
        }
        let mut flags = Vec::new();
        for (group, kept) in self.groups.iter().zip(&kept) {
            flags.extend(group.clone().map(|_| *kept));
        }
        Kept { flags, size: self.size_of(&kept) }
    }

    fn size_of(&self, kept: &[bool]) -> u64 {
        let sizes = self.sizes.iter().zip(kept).filter(|(_, kept)| **kept);
        sizes.fold(0, |sum, (size, _)| sum.saturating_add(*size))
    }
}

fn is_system(message: &Message) -> bool {
    matches!(message, Message::System(_))
}

fn is_human(message: &Message) -> bool {
    matches!(message, Message::Human(_))
}
