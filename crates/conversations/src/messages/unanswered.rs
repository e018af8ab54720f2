//! Removes what a model cannot read from an answer that was cut off.

use std::collections::{HashMap, HashSet};

use runnable_chat::{ContentBlock, Message};

use super::groups::{call_id, is_call};

/// Returns the messages of an answer that was cut off, without the parts that a model cannot read.
///
/// A service rejects a tool call without a result, a result without a call, and reasoning that is
/// cut off. The last message, which was cut off, therefore keeps only its text. Other messages lose
/// the calls without a result. A message that is empty after that is removed.
pub(crate) fn without_unfinished_calls(mut answer: Vec<Message>) -> Vec<Message> {
    if let Some(Message::Ai(cut)) = answer.last_mut() {
        cut.content.retain(|block| matches!(block, ContentBlock::Text(_)));
    }
    // The results without a call so far. The search begins at the end, because a later message can
    // use the ID of an earlier call again.
    let mut results: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, message) in answer.iter_mut().enumerate().rev() {
        match message {
            Message::Tool(result) => {
                results.entry(result.tool_call_id.clone()).or_default().push(index);
            }
            Message::Ai(message) => message.content.retain(|block| {
                !is_call(block) || call_id(block).is_some_and(|id| results.remove(id).is_some())
            }),
            _ => {}
        }
    }
    let alone: HashSet<usize> = results.into_values().flatten().collect();
    let messages = answer.into_iter().enumerate();
    messages
        .filter(|(index, message)| !alone.contains(index) && !is_empty(message))
        .map(|(_, message)| message)
        .collect()
}

/// Returns whether the message is an answer without anything that a model can read.
fn is_empty(message: &Message) -> bool {
    let is_blank = |block: &ContentBlock| match block {
        ContentBlock::Text(block) => block.text.trim().is_empty(),
        ContentBlock::Reasoning(_) => true,
        _ => false,
    };
    matches!(message, Message::Ai(_)) && message.content().iter().all(is_blank)
}
