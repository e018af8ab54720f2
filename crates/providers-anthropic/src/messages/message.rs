//! The conversation: the instructions, and the turns of user and model.

use std::{borrow::Cow, collections::HashSet};

use runnable_chat::{ContentBlock, Message, Prompt, ToolMessage, message::ToolStatus};
use runnable_core::Result;
use serde::Serialize;
use serde_json::Value;

use super::{
    assistant,
    block::{Block, Extras, call_id},
    media,
    request::refuse,
};

/// What one side says before the other speaks.
#[derive(Debug, Serialize)]
pub(super) struct Turn<'a> {
    pub(super) role: &'static str,
    pub(super) content: Vec<Block<'a>>,
}

/// The conversation in the API's form.
#[derive(Debug, Default)]
pub(super) struct Conversation<'a> {
    pub(super) system: Vec<Block<'a>>,
    /// User and model by turns: messages of one side that follow each other are one turn.
    pub(super) turns: Vec<Turn<'a>>,
}

impl<'a> Conversation<'a> {
    pub(super) fn of(prompt: &'a Prompt) -> Result<Self> {
        let answered: HashSet<&str> = prompt.messages.iter().filter_map(answers).collect();
        let mut conversation = Self::default();
        for (number, message) in (1..).zip(&prompt.messages) {
            if let Err(wrong) = conversation.push(message, &answered) {
                return refuse(format!("message {number} ({}) has {wrong}", message.role()));
            }
        }
        if conversation.turns.is_empty() {
            return refuse(
                "there is no message to answer, but instructions at most: add what the \
                           user says"
                    .to_owned(),
            );
        }
        Ok(conversation)
    }

    fn push(&mut self, message: &'a Message, answered: &HashSet<&str>) -> Result<(), String> {
        match message {
            Message::System(message) => {
                for block in &message.content {
                    match said(block)? {
                        block @ (Block::Text { .. } | Block::Raw(_)) => self.system.push(block),
                        _ => return Err(format!("{}: instructions are text", kind_of(block))),
                    }
                }
                self.system.retain(|block| !block.is_blank());
            }
            Message::Human(message) => {
                let blocks = all_said(&message.content)?;
                if blocks.is_empty() {
                    return Err("no content, and the API takes no empty message".to_owned());
                }
                self.say("user", blocks);
            }
            Message::Tool(message) => self.say("user", vec![result(message)?]),
            // An answer may be empty, and is then left out.
            Message::Ai(message) => self.say("assistant", assistant::turn(message, answered)?),
            _ => return Err("a role that the API does not know".to_owned()),
        }
        Ok(())
    }

    fn say(&mut self, role: &'static str, blocks: Vec<Block<'a>>) {
        match self.turns.last_mut() {
            _ if blocks.is_empty() => (),
            Some(turn) if turn.role == role => turn.content.extend(blocks),
            _ => self.turns.push(Turn { role, content: blocks }),
        }
    }
}

/// The call that a message is the answer to.
fn answers(message: &Message) -> Option<&str> {
    match message {
        Message::Tool(message) => Some(&message.tool_call_id),
        _ => None,
    }
}

fn result(message: &ToolMessage) -> Result<Block<'_>, String> {
    if message.tool_call_id.is_empty() {
        return Err("no `tool_call_id`: set that of the call which it answers".to_owned());
    }
    Ok(Block::ToolResult {
        tool_use_id: call_id(&message.tool_call_id),
        content: all_said(&message.content)?,
        is_error: message.status == ToolStatus::Error,
    })
}

/// What a user or a tool says, without text of white space alone, which the API refuses.
fn all_said(content: &[ContentBlock]) -> Result<Vec<Block<'_>>, String> {
    let blocks = content.iter().map(said);
    blocks.filter(|block| !block.as_ref().is_ok_and(Block::is_blank)).collect()
}

fn said(block: &ContentBlock) -> Result<Block<'_>, String> {
    match block {
        ContentBlock::Text(block) => Ok(Block::of_text(block, Extras::Of(&block.extras))),
        ContentBlock::Image(media) => media::image(media).map_err(|wrong| wrong.to_string()),
        ContentBlock::File(media) => media::file(media),
        ContentBlock::Other(fields) => match block.as_non_standard() {
            Some(Value::Object(fields)) => Ok(Block::Raw(Cow::Borrowed(fields))),
            Some(_) => Err("a `non_standard` block that is no JSON object".to_owned()),
            None if fields.get("type").is_some_and(|kind| kind == "text-plain") => {
                media::plain_text(fields).ok_or_else(|| "a `text-plain` block of no text".into())
            }
            None => Ok(Block::Raw(Cow::Borrowed(fields))),
        },
        other => Err(format!("{}, which the API does not take here", kind_of(other))),
    }
}

/// What a block is, for who has to find it.
pub(super) fn kind_of(block: &ContentBlock) -> &'static str {
    match block {
        ContentBlock::Text(_) => "a text",
        ContentBlock::Reasoning(_) => "a reasoning block",
        ContentBlock::Refusal(_) => "a refusal",
        ContentBlock::ToolCall(_) | ContentBlock::InvalidToolCall(_) => "a tool call",
        ContentBlock::ServerToolCall(_) => "a call of a server's tool",
        ContentBlock::ServerToolResult(_) => "the result of a server's tool",
        ContentBlock::Image(_) => "a picture",
        ContentBlock::Audio(_) => "a sound",
        ContentBlock::Video(_) => "a film",
        ContentBlock::File(_) => "a file",
        _ => "a block of a kind that is not known",
    }
}
