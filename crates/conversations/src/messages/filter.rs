//! Functions that remove messages.

use runnable_chat::Message;

use super::groups::{groups, is_call};

/// Returns the messages for which `keep` returns `true`, in order.
///
/// Tool calls and their results are never separated. If `keep` rejects the AI message with the
/// calls or one of the results, the AI message and all its results are removed. To keep the texts
/// of such messages, use [`without_tool_calls`].
///
/// # Examples
///
/// ```
/// use runnable_chat::prelude::*;
/// use runnable_conversations::filter_messages;
///
/// let messages = vec![system("You are terse."), human("Hi"), ai("Hello")];
/// let kept = filter_messages(messages, |message| message.role() != "system");
/// assert_eq!(kept, [human("Hi"), ai("Hello")]);
/// ```
pub fn filter_messages(
    messages: Vec<Message>,
    mut keep: impl FnMut(&Message) -> bool,
) -> Vec<Message> {
    let groups = groups(&messages);
    let mut messages = messages.into_iter();
    let mut kept = Vec::with_capacity(messages.len());
    for group in groups {
        let group: Vec<_> = messages.by_ref().take(group.len()).collect();
        if group.iter().all(&mut keep) {
            kept.extend(group);
        }
    }
    kept
}

/// Returns the messages without tool calls and tool results.
///
/// An AI message keeps its other content. It is removed if it has no other content.
///
/// # Examples
///
/// ```
/// use runnable_chat::prelude::*;
/// use runnable_conversations::without_tool_calls;
/// use serde_json::json;
///
/// let call = AiMessage::new("Let me see.").with_block(ToolCall::new("1", "clock", json!({})));
/// let messages = vec![
///     human("How late is it?"),
///     call.into(),
///     ToolMessage::new("1", "noon").into(),
///     ai("It is noon."),
/// ];
/// let plain = without_tool_calls(messages);
/// assert_eq!(plain, [human("How late is it?"), ai("Let me see."), ai("It is noon.")]);
/// ```
pub fn without_tool_calls(mut messages: Vec<Message>) -> Vec<Message> {
    messages.retain_mut(|message| match message {
        Message::Tool(_) => false,
        Message::Ai(answer) => {
            let count = answer.content.len();
            answer.content.retain(|block| !is_call(block));
            answer.content.len() == count || !answer.content.is_empty()
        }
        _ => true,
    });
    messages
}
