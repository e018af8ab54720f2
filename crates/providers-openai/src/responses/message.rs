//! Writes a conversation as items.

use std::collections::HashSet;

use runnable_chat::{
    AiMessage, ContentBlock, Media, Message,
    message::{MediaSource, ReasoningBlock, TextBlock, ToolCall},
};
use runnable_core::Result;
use serde::Serialize;
use serde_json::{Value, json};

use super::server_block;
use crate::{
    served_model::ServedModel,
    shared::{
        FAILED, TextOrParts, address, audio_format, failed_without_words, filename, text_or_parts,
        unsupported, written_annotation,
    },
};

/// An item. What is said by anyone but the model is borrowed, and written as it is.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum WireItem<'a> {
    Said {
        #[serde(rename = "type")]
        kind: &'static str,
        role: &'static str,
        content: TextOrParts<'a>,
    },
    Given {
        #[serde(rename = "type")]
        kind: &'static str,
        call_id: &'a str,
        output: TextOrParts<'a>,
    },
    Other(Value),
}

impl<'a> WireItem<'a> {
    fn said(role: &'static str, content: TextOrParts<'a>) -> Self {
        Self::Said { kind: "message", role, content }
    }
}

/// Writes the messages of a conversation as items.
pub(super) struct Input<'a> {
    served: &'a ServedModel,
    /// Whether the service keeps its answers, and knows them by their ids.
    stores: bool,
    /// Ids of calls of tools that take free text.
    custom: HashSet<&'a str>,
    items: Vec<WireItem<'a>>,
}

impl<'a> Input<'a> {
    pub(super) fn new(served: &'a ServedModel, stores: bool) -> Self {
        Self { served, stores, custom: HashSet::new(), items: Vec::new() }
    }

    /// Begins with instructions of this crate's own.
    pub(super) fn instruct(&mut self, instructions: &'a str) {
        self.items.push(WireItem::said(self.system_role(), instructions.into()));
    }

    fn system_role(&self) -> &'static str {
        match self.served.has_developer() {
            true => "developer",
            false => "system",
        }
    }

    pub(super) fn write(mut self, messages: &'a [Message]) -> Result<Vec<WireItem<'a>>> {
        for message in messages {
            self.message(message)?;
        }
        Ok(self.items)
    }

    fn message(&mut self, message: &'a Message) -> Result<()> {
        match message {
            Message::System(system) => {
                let content = self.content(&system.content, "a system message")?;
                self.items.push(WireItem::said(self.system_role(), content));
            }
            Message::Human(human) => {
                let content = self.content(&human.content, "a human message")?;
                self.items.push(WireItem::said("user", content));
            }
            Message::Ai(ai) => {
                let begin = self.items.len();
                self.assistant(ai)?;
                self.drop_last_thoughts(begin);
            }
            Message::Tool(tool) => {
                let kind = match self.custom.contains(tool.tool_call_id.as_str()) {
                    true => "custom_tool_call_output",
                    false => "function_call_output",
                };
                let output = match failed_without_words(tool) {
                    true => FAILED.into(),
                    false => self.content(&tool.content, "a tool message")?,
                };
                self.items.push(WireItem::Given { kind, call_id: &tool.tool_call_id, output });
            }
            other => return Err(unsupported(format_args!("a message of role {}", other.role()))),
        }
        Ok(())
    }

    fn content(&self, blocks: &'a [ContentBlock], place: &str) -> Result<TextOrParts<'a>> {
        text_or_parts(blocks, |block| self.part(block, place))
    }

    fn part(&self, block: &ContentBlock, place: &str) -> Result<Value> {
        let refuse = |what: &str| {
            let provider = &self.served.provider;
            Err(unsupported(format_args!("{what} in {place}: {provider} does not take it")))
        };
        Ok(match block {
            ContentBlock::Text(block) => json!({"type": "input_text", "text": block.text}),
            ContentBlock::Image(media) => image(media),
            ContentBlock::File(media) => file(media),
            ContentBlock::Audio(media) => match &media.source {
                MediaSource::Base64(data) => {
                    let audio = json!({"data": data, "format": audio_format(media)});
                    json!({"type": "input_audio", "input_audio": audio})
                }
                _ => return refuse("a sound by its address or id (pass its data)"),
            },
            ContentBlock::Video(_) => return refuse("a film"),
            ContentBlock::Other(fields) => {
                block.as_non_standard().cloned().unwrap_or_else(|| fields.clone().into())
            }
            ContentBlock::Reasoning(_) => return refuse("a reasoning block"),
            ContentBlock::Refusal(_) => return refuse("a refusal"),
            ContentBlock::ToolCall(_) | ContentBlock::InvalidToolCall(_) => {
                return refuse("a tool call");
            }
            _ => return refuse("a block of this type"),
        })
    }

    fn assistant(&mut self, message: &'a AiMessage) -> Result<()> {
        let is_own = message.provider.as_deref() == Some(&*self.served.provider);
        // An item that names its id belongs to the thoughts before it, which have to go with it.
        // Without any of those, they may have been taken out.
        let is_reasoning = |block: &ContentBlock| matches!(block, ContentBlock::Reasoning(_));
        let is_whole = !self.served.reasons() || message.content.iter().any(is_reasoning);
        let with_ids = is_own
            && is_whole
            && message.content.iter().all(|block| match block {
                ContentBlock::Reasoning(thoughts) => {
                    thoughts.id.is_some() && self.goes(message, thoughts)
                }
                _ => true,
            });
        for block in &message.content {
            match block {
                ContentBlock::Reasoning(thoughts) if with_ids => self.thoughts(thoughts),
                ContentBlock::Reasoning(_) => (),
                ContentBlock::Text(block) => {
                    let phase = block.extras.get("phase");
                    match block.id.as_deref().filter(|_| with_ids) {
                        Some(id) => self.say(id, output_text(block, is_own), phase),
                        None => self.say_again(&block.text, phase),
                    }
                }
                ContentBlock::Refusal(block) => match block.id.as_deref().filter(|_| with_ids) {
                    Some(id) => {
                        self.say(id, json!({"type": "refusal", "refusal": block.refusal}), None);
                    }
                    None => self.say_again(&block.refusal, None),
                },
                ContentBlock::ToolCall(call) => self.call(call, with_ids),
                ContentBlock::InvalidToolCall(call) => self.push(json!({
                    "type": "function_call",
                    "call_id": call.id.as_deref().unwrap_or_default(),
                    // The API takes no call without a name.
                    "name": call.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("unknown"),
                    "arguments": call.args.as_deref().unwrap_or_default(),
                })),
                // It stands in the item of the call.
                ContentBlock::ServerToolResult(_) => (),
                block => match server_block::item(block).filter(|_| is_own) {
                    Some(item) => self.push(item),
                    None if matches!(block, ContentBlock::ServerToolCall(_)) => (),
                    None => {
                        // Refused by name where it is known, as in any message.
                        self.part(block, "an AI message")?;
                        let provider = &self.served.provider;
                        return Err(unsupported(format_args!(
                            "a picture or a file in an AI message: {provider} does not take it"
                        )));
                    }
                },
            }
        }
        Ok(())
    }

    /// Leaves out the reasoning that nothing follows in its answer: the API refuses such an item.
    fn drop_last_thoughts(&mut self, begin: usize) {
        let is_thoughts = |item: &WireItem<'_>| matches!(item, WireItem::Other(item) if item["type"] == "reasoning");
        while self.items.len() > begin && self.items.last().is_some_and(is_thoughts) {
            self.items.pop();
        }
    }

    /// Whether these thoughts can go back: as text only the service can read, or by their id.
    fn goes(&self, message: &AiMessage, thoughts: &ReasoningBlock) -> bool {
        self.stores
            || message.content.iter().any(|block| match block {
                ContentBlock::Reasoning(other) => {
                    other.id == thoughts.id && other.encrypted.is_some()
                }
                _ => false,
            })
    }

    fn push(&mut self, item: Value) {
        self.items.push(WireItem::Other(item));
    }

    /// The last item, if it is the model's.
    fn last(&mut self) -> Option<&mut Value> {
        match self.items.last_mut()? {
            WireItem::Other(item) => Some(item),
            _ => None,
        }
    }

    /// A part of thoughts; those with one id are one item.
    fn thoughts(&mut self, block: &ReasoningBlock) {
        let id = block.id.as_deref();
        let is_same = |item: &Value| item["type"] == "reasoning" && item["id"].as_str() == id;
        if !self.last().is_some_and(|item| is_same(item)) {
            self.push(json!({"type": "reasoning", "id": id, "summary": []}));
        }
        let Some(item) = self.last() else { return };
        if let Some(encrypted) = &block.encrypted {
            item["encrypted_content"] = encrypted.as_str().into();
        }
        if block.reasoning.is_empty() {
            return;
        }
        let is_content = block.extras.get("type").is_some_and(|kind| kind == "reasoning_text");
        let (list, kind) = match is_content {
            true => ("content", "reasoning_text"),
            false => ("summary", "summary_text"),
        };
        let part = json!({"type": kind, "text": block.reasoning});
        match &mut item[list] {
            Value::Array(parts) => parts.push(part),
            empty => *empty = json!([part]),
        }
    }

    /// A part of a message as it came; those with one id are one item.
    fn say(&mut self, id: &str, part: Value, phase: Option<&Value>) {
        if let Some(item) = self.last()
            && item["id"] == id
            && let Value::Array(parts) = &mut item["content"]
        {
            parts.push(part);
            return;
        }
        let mut item = json!({"type": "message", "role": "assistant", "status": "completed"});
        (item["id"], item["content"]) = (id.into(), json!([part]));
        if let Some(phase) = phase {
            item["phase"] = phase.clone();
        }
        self.push(item);
    }

    /// A part of a message that has no id to come back by: the API takes the words alone.
    fn say_again(&mut self, words: &str, phase: Option<&Value>) {
        let mut item = json!({"type": "message", "role": "assistant", "content": words});
        if let Some(phase) = phase {
            item["phase"] = phase.clone();
        }
        self.push(item);
    }

    fn call(&mut self, call: &'a ToolCall, with_ids: bool) {
        let id = call.id.as_deref().unwrap_or_default();
        let mut item = match &call.args {
            Value::String(input) => {
                self.custom.insert(id);
                json!({"type": "custom_tool_call", "name": call.name, "input": input})
            }
            args => {
                json!({"type": "function_call", "name": call.name, "arguments": args.to_string()})
            }
        };
        item["call_id"] = id.into();
        if let Some(item_id) = call.extras.get("item_id").filter(|_| with_ids) {
            item["id"] = item_id.clone();
        }
        self.push(item);
    }
}

fn output_text(block: &TextBlock, is_own: bool) -> Value {
    let annotations: Vec<Value> = match is_own {
        true => block.annotations.iter().filter_map(written_annotation).collect(),
        false => Vec::new(),
    };
    json!({"type": "output_text", "text": block.text, "annotations": annotations, "logprobs": []})
}

fn image(media: &Media) -> Value {
    let mut part = match (&media.source, address(media, "image/png")) {
        (_, Some(url)) => json!({"type": "input_image", "image_url": url}),
        (MediaSource::FileId(id), None) => json!({"type": "input_image", "file_id": id}),
        _ => json!({"type": "input_image"}),
    };
    part["detail"] = media.extras.get("detail").cloned().unwrap_or_else(|| "auto".into());
    part
}

fn file(media: &Media) -> Value {
    match (&media.source, address(media, "application/pdf")) {
        (MediaSource::Url(url), _) => json!({"type": "input_file", "file_url": url}),
        (MediaSource::FileId(id), _) => json!({"type": "input_file", "file_id": id}),
        (_, data) => {
            json!({"type": "input_file", "filename": filename(media), "file_data": data})
        }
    }
}
