//! Encodes a conversation: its system messages, and the turns of the user and of the model.

use std::{borrow::Cow, collections::HashSet, iter};

use runnable_chat::{ContentBlock, Message, PromptValue, ToolMessage, message::ToolStatus};
use runnable_core::Result;
use serde::Serialize;
use serde_json::Value;

use super::{
    assistant,
    content::{Block, Extras, call_id, kind_of},
    media,
    refuse::{invalid, refuse},
};

/// A turn of the user or of the model.
#[derive(Debug, Serialize)]
pub(super) struct Turn<'a> {
    pub(super) role: &'static str,
    pub(super) content: Vec<Block<'a>>,
}

/// The conversation in the form of the API.
#[derive(Debug, Default)]
pub(super) struct Conversation<'a> {
    pub(super) system: Vec<Block<'a>>,
    /// The turns. Consecutive messages of the user, or of the model, are one turn.
    pub(super) turns: Vec<Turn<'a>>,
}

impl<'a> Conversation<'a> {
    pub(super) fn of(prompt: &'a PromptValue) -> Result<Self> {
        let calls_with_results: HashSet<&str> =
            prompt.messages.iter().filter_map(answered_call).collect();
        let mut conversation = Self::default();
        for (number, message) in (1..).zip(&prompt.messages) {
            if let Err(problem) = conversation.push(message, &calls_with_results) {
                return refuse(format!("message {number} ({}) has {problem}", message.role()));
            }
        }
        conversation.put_results_first();
        conversation.trim_prefix();
        if conversation.turns.is_empty() {
            return invalid(
                "the prompt has no messages except system messages; add a human \
                           message"
                    .to_owned(),
            );
        }
        Ok(conversation)
    }

    fn push(
        &mut self,
        message: &'a Message,
        calls_with_results: &HashSet<&str>,
    ) -> Result<(), String> {
        match message {
            Message::System(message) => {
                for block in &message.content {
                    match user_block(block)? {
                        block @ (Block::Text { .. } | Block::Raw(_)) => self.system.push(block),
                        _ => {
                            return Err(format!(
                                "{}, but system messages support only text",
                                kind_of(block)
                            ));
                        }
                    }
                }
                self.system.retain(|block| !block.is_blank());
            }
            Message::Human(message) => {
                let blocks = user_blocks(&message.content)?;
                if blocks.is_empty() {
                    return Err(
                        "no content, and the Anthropic API rejects empty messages".to_owned()
                    );
                }
                self.push_turn("user", blocks);
            }
            Message::Tool(message) => self.push_turn("user", result(message)?),
            // `push_turn` leaves out an answer without content.
            Message::Ai(message) => {
                self.push_turn("assistant", assistant::turn(message, calls_with_results)?)
            }
            _ => return Err("a role that the Anthropic API does not support".to_owned()),
        }
        Ok(())
    }

    /// Moves tool results to the start of their turn, because the API requires this order.
    fn put_results_first(&mut self) {
        let is_result = |block: &Block<'_>| matches!(block, Block::ToolResult { .. });
        for turn in &mut self.turns {
            turn.content.sort_by_key(|block| !is_result(block));
        }
    }

    /// Removes whitespace from the end of the last turn if it is a turn of the model. The model
    /// continues such a turn, and the API rejects whitespace at its end.
    fn trim_prefix(&mut self) {
        let Some(turn) = self.turns.last_mut().filter(|turn| turn.role == "assistant") else {
            return;
        };
        while let Some(Block::Text { text, .. }) = turn.content.last_mut() {
            *text = text.trim_end();
            if text.is_empty() { _ = turn.content.pop() } else { return }
        }
        if turn.content.is_empty() {
            self.turns.pop();
        }
    }

    fn push_turn(&mut self, role: &'static str, blocks: Vec<Block<'a>>) {
        match self.turns.last_mut() {
            _ if blocks.is_empty() => (),
            Some(turn) if turn.role == role => turn.content.extend(blocks),
            _ => self.turns.push(Turn { role, content: blocks }),
        }
    }
}

/// Returns the ID of the tool call whose result the message is. Returns `None` for other messages.
fn answered_call(message: &Message) -> Option<&str> {
    match message {
        Message::Tool(message) => Some(&message.tool_call_id),
        _ => None,
    }
}

/// The text that a model reads if a tool failed without an error message. The API rejects an error
/// without content.
const FAILED: &str = "The tool failed and did not say why.";

/// Encodes the result of a tool. If the tool failed, the API accepts only text inside the result,
/// so all other blocks of the message follow the result.
fn result(message: &ToolMessage) -> Result<Vec<Block<'_>>, String> {
    if message.tool_call_id.is_empty() {
        return Err("no `tool_call_id`; set it to the ID of the tool call".to_owned());
    }
    let is_error = message.status == ToolStatus::Error;
    let content = user_blocks(&message.content)?;
    let is_text = |block: &Block<'_>| matches!(block, Block::Text { .. });
    let (mut content, others): (Vec<_>, Vec<_>) =
        content.into_iter().partition(|block| !is_error || is_text(block));
    if is_error && content.is_empty() {
        content.push(Block::Text { text: FAILED, citations: Vec::new(), extras: Extras::None });
    }
    let tool_use_id = call_id(&message.tool_call_id);
    let result = Block::ToolResult { tool_use_id, content, is_error };
    Ok(iter::once(result).chain(others).collect())
}

/// Encodes content of the user or of a tool. Leaves out text of only whitespace, because the API
/// rejects it.
fn user_blocks(content: &[ContentBlock]) -> Result<Vec<Block<'_>>, String> {
    let blocks = content.iter().map(user_block);
    blocks.filter(|block| !block.as_ref().is_ok_and(Block::is_blank)).collect()
}

fn user_block(block: &ContentBlock) -> Result<Block<'_>, String> {
    match block {
        ContentBlock::Text(block) => Ok(Block::of_text(block, Extras::Of(&block.extras))),
        ContentBlock::Image(media) => media::image(media).map_err(|problem| problem.to_string()),
        ContentBlock::File(media) => media::file(media),
        ContentBlock::Other(fields) => match block.as_non_standard() {
            Some(Value::Object(fields)) => Ok(Block::Raw(Cow::Borrowed(fields))),
            Some(_) => Err("a `non_standard` block that is not a JSON object".to_owned()),
            None if fields.get("type").is_some_and(|kind| kind == "text-plain") => {
                media::plain_text(fields).ok_or_else(|| "a `text-plain` block without text".into())
            }
            None => Ok(Block::Raw(Cow::Borrowed(fields))),
        },
        other => Err(format!("{}, which the Anthropic API does not support here", kind_of(other))),
    }
}
