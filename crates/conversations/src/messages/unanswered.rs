//! Removes tool calls without a result from an answer that was cut off.

use std::collections::HashSet;

use runnable_chat::{ContentBlock, Message};

use super::groups::{call_id, is_call};

/// Returns the messages of an answer that was cut off, without the parts that a model cannot read.
///
/// A service rejects a tool call without a result, and reasoning that is cut off. The last message,
/// which was cut off, therefore keeps only its text. Other messages lose the calls without a
/// result. A message that is empty after that is removed.
pub(crate) fn without_unfinished_calls(mut answer: Vec<Message>) -> Vec<Message> {
    let answered: HashSet<String> = answer
        .iter()
        .filter_map(|message| match message {
            Message::Tool(result) => Some(result.tool_call_id.clone()),
            _ => None,
        })
        .collect();
    if let Some(Message::Ai(cut)) = answer.last_mut() {
        cut.content.retain(|block| matches!(block, ContentBlock::Text(_)));
    }
    answer.retain_mut(|message| {
        let Message::Ai(message) = message else { return true };
        let has_result =
            |block: &ContentBlock| call_id(block).is_some_and(|id| answered.contains(id));
        message.content.retain(|block| !is_call(block) || has_result(block));
        !message.text().trim().is_empty() || message.content.iter().any(is_call)
    });
    answer
}
