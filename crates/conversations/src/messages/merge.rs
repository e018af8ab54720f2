//! Merges consecutive messages of the same role.

use runnable_chat::{ContentBlock, Message};

/// Merges consecutive system, human or AI messages into one message each.
///
/// Some services reject two messages of the same role in a row. Two texts are joined with a line
/// break, and other content blocks are appended. The usage of two answers is added. Messages of
/// different speakers and tool results are not merged.
///
/// # Examples
///
/// ```
/// use runnable_chat::prelude::*;
/// use runnable_conversations::merge_message_runs;
///
/// let messages = vec![human("Hi."), human("How are you?"), ai("Fine.")];
/// assert_eq!(merge_message_runs(messages), [human("Hi.\nHow are you?"), ai("Fine.")]);
/// ```
pub fn merge_message_runs(messages: Vec<Message>) -> Vec<Message> {
    let mut merged: Vec<Message> = Vec::with_capacity(messages.len());
    for message in messages {
        let rest = match merged.last_mut() {
            Some(last) => merge(last, message),
            None => Some(message),
        };
        merged.extend(rest);
    }
    merged
}

/// Merges `next` into `last`, or returns it if the two cannot be merged.
fn merge(last: &mut Message, next: Message) -> Option<Message> {
    match (last, next) {
        (Message::System(last), Message::System(next)) if last.name == next.name => {
            append(&mut last.content, next.content);
        }
        (Message::Human(last), Message::Human(next)) if last.name == next.name => {
            append(&mut last.content, next.content);
        }
        (Message::Ai(last), Message::Ai(next)) if last.name == next.name => {
            append(&mut last.content, next.content);
            last.usage = match (last.usage, next.usage) {
                (Some(usage), Some(more)) => Some(usage + more),
                // The usage of one part would look like the usage of the merged message.
                _ => None,
            };
            last.finish_reason = next.finish_reason;
            last.provider_finish_reason = next.provider_finish_reason;
        }
        (_, next) => return Some(next),
    }
    None
}

fn append(content: &mut Vec<ContentBlock>, next: Vec<ContentBlock>) {
    let mut next = next.into_iter().peekable();
    if let (Some(ContentBlock::Text(last)), Some(ContentBlock::Text(first))) =
        (content.last_mut(), next.peek())
    {
        // The text of a message is the text of its blocks without a separator.
        last.text.push('\n');
        let plain = last.annotations.is_empty() && first.annotations.is_empty();
        if plain && last.id.is_none() && first.id.is_none() && first.extras.is_empty() {
            last.text.push_str(&first.text);
            next.next();
        }
    }
    content.extend(next);
}
