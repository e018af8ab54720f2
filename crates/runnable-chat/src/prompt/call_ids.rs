//! Adds missing IDs to the tool calls of a conversation.

use std::{borrow::Cow, collections::HashSet};

use super::PromptValue;
use crate::message::{ContentBlock, Message};

impl PromptValue {
    /// Returns this conversation with an ID for each tool call and each tool result.
    ///
    /// In answers of models, tool calls always have IDs. In a conversation from another source, IDs
    /// can be missing, and APIs reject requests with such conversations. A tool result without an
    /// ID receives the ID of a call in the preceding answer: the first call that had no ID and has
    /// no result yet. If the result has a tool name, a call of this tool is preferred.
    ///
    /// Providers call this method before they send a request. If all tool results have IDs, the
    /// conversation is borrowed.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    /// use serde_json::json;
    ///
    /// # fn main() -> Result<()> {
    /// let call: ToolCall = serde_json::from_value(json!({"name": "clock", "args": {}}))?;
    /// let mut prompt = PromptValue::from("What time is it?");
    /// prompt.push(AiMessage::new("").with_block(call));
    /// prompt.push(ToolMessage::new("", "noon"));
    ///
    /// let prompt = prompt.with_call_ids();
    /// let Message::Ai(answer) = &prompt.messages[1] else { unreachable!() };
    /// let Message::Tool(result) = &prompt.messages[2] else { unreachable!() };
    /// let id = answer.tool_calls().next().and_then(|call| call.id.as_deref());
    /// assert_eq!(id, Some(result.tool_call_id.as_str()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_call_ids(&self) -> Cow<'_, Self> {
        if self.messages.iter().any(lacks_id) {
            Cow::Owned(with_new_ids(self.clone()))
        } else {
            Cow::Borrowed(self)
        }
    }
}

/// Returns the ID and the tool name of a call.
fn call(block: &ContentBlock) -> Option<(Option<&str>, Option<&str>)> {
    let (id, name) = match block {
        ContentBlock::ToolCall(call) => (&call.id, Some(call.name.as_str())),
        ContentBlock::InvalidToolCall(call) => (&call.id, call.name.as_deref()),
        _ => return None,
    };
    Some((id.as_deref().filter(|id| !id.is_empty()), name))
}

fn lacks_id(message: &Message) -> bool {
    matches!(message, Message::Tool(result) if result.tool_call_id.is_empty())
}

fn with_new_ids(mut prompt: PromptValue) -> PromptValue {
    let messages = prompt.messages.iter();
    let answers = messages.filter_map(|message| match message {
        Message::Ai(answer) => Some(answer),
        _ => None,
    });
    let ids = answers.flat_map(|answer| answer.content.iter().filter_map(call));
    let mut taken: HashSet<String> = ids.filter_map(|(id, _)| id.map(str::to_owned)).collect();
    // The new IDs and the tool names of the calls that have received an ID here and have no result
    // yet.
    let mut open: Vec<(String, Option<String>)> = Vec::new();
    let mut next = 0_u64;
    for message in &mut prompt.messages {
        match message {
            Message::Ai(answer) => {
                open.clear();
                for block in &mut answer.content {
                    let Some((None, name)) = call(block) else { continue };
                    let name = name.map(str::to_owned);
                    let id = loop {
                        next += 1;
                        let id = format!("call_{next}");
                        if taken.insert(id.clone()) {
                            break id;
                        }
                    };
                    open.push((id.clone(), name));
                    match block {
                        ContentBlock::ToolCall(call) => call.id = Some(id),
                        ContentBlock::InvalidToolCall(call) => call.id = Some(id),
                        _ => (),
                    }
                }
                // Each result takes the ID of the last matching call in the list, so put the first
                // call last.
                open.reverse();
            }
            Message::Tool(result) if result.tool_call_id.is_empty() => {
                let of_tool = open.iter().rposition(|(_, name)| *name == result.name);
                let place = of_tool.or(open.len().checked_sub(1));
                if let Some(place) = place {
                    result.tool_call_id = open.remove(place).0;
                }
            }
            _ => (),
        }
    }
    prompt
}
