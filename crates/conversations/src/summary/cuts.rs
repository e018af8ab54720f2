//! Decides which messages a summary replaces.

use runnable_chat::Message;

use crate::{
    messages::{SizeLimit, groups},
    tokens::TokenCounter,
};

/// Returns the ends of the parts of a conversation that summaries replace, in order. The parts begin
/// at `start`, after the system messages.
///
/// The conversation is cut as if it grew message by message: as soon as the rest exceeds `limit`,
/// its oldest messages are cut off until it has at most the size `keep`. Therefore the cuts of a
/// conversation remain the same while it grows, and a summary can be used for many turns. The newest
/// messages are never cut off.
pub(super) fn cuts(
    messages: &[Message],
    start: usize,
    limit: SizeLimit,
    keep: u64,
    counter: &dyn TokenCounter,
) -> Vec<usize> {
    let groups = groups(&messages[start..]);
    let sizes: Vec<_> =
        groups.iter().map(|group| limit.size(&messages[start..][group.clone()], counter)).collect();
    let mut total = limit.size(&messages[..start], counter);
    let (mut first, mut cuts) = (0, Vec::new());
    for (newest, size) in sizes.iter().enumerate() {
        total = total.saturating_add(*size);
        if total <= limit.get() {
            continue;
        }
        let before = first;
        while first < newest && total > keep {
            total = total.saturating_sub(sizes[first]);
            first += 1;
        }
        if first > before {
            cuts.push(start + groups[first - 1].end);
        }
    }
    cuts
}
