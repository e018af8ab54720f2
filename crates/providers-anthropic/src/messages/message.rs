//! The conversation: the instructions, and the turns of user and model.

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
    pub(super) fn of(prompt: &'a PromptValue) -> Result<Self> {
        let answered: HashSet<&str> = prompt.messages.iter().filter_map(answers).collect();
        let mut conversation = Self::default();
        for (number, message) in (1..).zip(&prompt.messages) {
            if let Err(wrong) = conversation.push(message, &answered) {
                return refuse(format!("message {number} ({}) has {wrong}", message.role()));
            }
        }
        conversation.put_results_first();
        conversation.trim_prefix();
        if conversation.turns.is_empty() {
            return invalid(
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
            Message::Tool(message) => self.say("user", result(message)?),
            // An answer may be empty, and is then left out.
            Message::Ai(message) => self.say("assistant", assistant::turn(message, answered)?),
            _ => return Err("a role that the API does not know".to_owned()),
        }
        Ok(())
    }

    /// Puts the results of tools before what the user says in the same turn, as the API wants it.
    fn put_results_first(&mut self) {
        let is_result = |block: &Block<'_>| matches!(block, Block::ToolResult { .. });
        for turn in &mut self.turns {
            turn.content.sort_by_key(|block| !is_result(block));
        }
    }

    /// Takes white space from the end of what the model is to go on from, which the API refuses.
    fn trim_prefix(&mut self) {
        let Some(turn) = self.turns.last_mut().filter(|turn| turn.role == "assistant") else {
            return;
        };
        while let Some(Block::Text { text, .. }) = turn.content.last_mut() {
            *text = text.trim_end();
            match text.is_empty() {
                true => _ = turn.content.pop(),
                false => return,
            }
        }
        if turn.content.is_empty() {
            self.turns.pop();
        }
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

/// What the model reads of a tool that failed and does not say why: the API refuses an error without
/// content.
const FAILED: &str = "The tool failed and did not say why.";

/// The result of a tool, and what of it stands after the results: the API takes an error as text only.
fn result(message: &ToolMessage) -> Result<Vec<Block<'_>>, String> {
    if message.tool_call_id.is_empty() {
        return Err("no `tool_call_id`: set that of the call which it answers".to_owned());
    }
    let is_error = message.status == ToolStatus::Error;
    let content = all_said(&message.content)?;
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
            Some(_) => Err("a `non_standard` block that is not a JSON object".to_owned()),
            None if fields.get("type").is_some_and(|kind| kind == "text-plain") => {
                media::plain_text(fields).ok_or_else(|| "a `text-plain` block of no text".into())
            }
            None => Ok(Block::Raw(Cow::Borrowed(fields))),
        },
        other => Err(format!("{}, which the API does not take here", kind_of(other))),
    }
}
