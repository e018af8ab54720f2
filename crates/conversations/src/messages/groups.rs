//! Groups of messages that belong together: tool calls and their results.

use std::{collections::HashMap, ops::Range};

use runnable_chat::{ContentBlock, Message};

/// Returns the ranges of messages that must be kept or removed together, in order.
///
/// A group is an AI message with tool calls, up to the last result of these calls. Every other
/// message is a group of its own. The ranges cover all messages and do not overlap.
pub(crate) fn groups(messages: &[Message]) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (start, end) in ends(messages).into_iter().enumerate() {
        match groups.last_mut() {
            Some(group) if start < group.end => group.end = group.end.max(end),
            _ => groups.push(start..end),
        }
    }
    groups
}

/// Returns, for each message, the end of the messages that it must not be separated from.
fn ends(messages: &[Message]) -> Vec<usize> {
    let mut ends: Vec<_> = (1..=messages.len()).collect();
    // An ID can be used again by a later message, so a result belongs to the nearest call.
    let mut calls: HashMap<&str, usize> = HashMap::new();
    for (index, message) in messages.iter().enumerate() {
        match message {
            Message::Ai(_) => calls.extend(call_ids(message).map(|id| (id, index))),
            Message::Tool(result) => {
                // A result without a known ID belongs to the messages directly before it.
                let call = calls.get(&*result.tool_call_id).copied();
                let call = call.or_else(|| index.checked_sub(1).filter(|at| asks(&messages[*at])));
                if let Some(call) = call {
                    ends[call] = index + 1;
                }
            }
            _ => {}
        }
    }
    ends
}

/// Returns whether a tool result can directly follow this message.
fn asks(message: &Message) -> bool {
    matches!(message, Message::Tool(_)) || has_calls(message)
}

/// Returns whether the message requests tool calls.
pub(crate) fn has_calls(message: &Message) -> bool {
    matches!(message, Message::Ai(_)) && message.content().iter().any(is_call)
}

/// Returns whether the block is a tool call that the program answers.
pub(crate) fn is_call(block: &ContentBlock) -> bool {
    matches!(block, ContentBlock::ToolCall(_) | ContentBlock::InvalidToolCall(_))
}

/// Returns the ID of a tool call that the program answers.
pub(crate) fn call_id(block: &ContentBlock) -> Option<&str> {
    match block {
        ContentBlock::ToolCall(call) => call.id.as_deref(),
        ContentBlock::InvalidToolCall(call) => call.id.as_deref(),
        _ => None,
    }
}

fn call_ids(message: &Message) -> impl Iterator<Item = &str> {
    message.content().iter().filter_map(call_id)
}
