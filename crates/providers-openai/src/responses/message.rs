//! Encodes the messages of a request as items.

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
        FAILED, TextOrParts, address, audio_format, failed_without_message, filename,
        text_or_parts, unsupported, written_annotation,
    },
};

/// The JSON of an item in a request. Items that the model did not produce borrow their text.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum WireItem<'a> {
    Message {
        #[serde(rename = "type")]
        kind: &'static str,
        role: &'static str,
        content: TextOrParts<'a>,
    },
    ToolOutput {
        #[serde(rename = "type")]
        kind: &'static str,
        call_id: &'a str,
        output: TextOrParts<'a>,
    },
    Other(Value),
}

impl<'a> WireItem<'a> {
    fn message(role: &'static str, content: TextOrParts<'a>) -> Self {
        Self::Message { kind: "message", role, content }
    }
}

/// Encodes the messages of a conversation as items.
pub(super) struct Input<'a> {
    served: &'a ServedModel,
    /// Whether the service stores its responses, so that a request can refer to items by their IDs.
    stores: bool,
    /// The IDs of calls of custom tools, whose input is free text.
    custom: HashSet<&'a str>,
    items: Vec<WireItem<'a>>,
}

impl<'a> Input<'a> {
    pub(super) fn new(served: &'a ServedModel, stores: bool) -> Self {
        Self { served, stores, custom: HashSet::new(), items: Vec::new() }
    }

    /// Adds the instructions of this crate, which ask for structured output, as the first item.
    pub(super) fn instruct(&mut self, instructions: &'a str) {
        self.items.push(WireItem::message(self.system_role(), instructions.into()));
    }

    fn system_role(&self) -> &'static str {
        if self.served.has_developer() { "developer" } else { "system" }
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
                self.items.push(WireItem::message(self.system_role(), content));
            }
            Message::Human(human) => {
                let content = self.content(&human.content, "a human message")?;
                self.items.push(WireItem::message("user", content));
            }
            Message::Ai(ai) => {
                let begin = self.items.len();
                self.assistant(ai)?;
                self.drop_trailing_reasoning(begin);
            }
            Message::Tool(tool) => {
                let kind = if self.custom.contains(tool.tool_call_id.as_str()) {
                    "custom_tool_call_output"
                } else {
                    "function_call_output"
                };
                let output = if failed_without_message(tool) {
                    FAILED.into()
                } else {
                    self.content(&tool.content, "a tool message")?
                };
                self.items.push(WireItem::ToolOutput { kind, call_id: &tool.tool_call_id, output });
            }
            other => {
                return Err(unsupported(format_args!(
                    "messages of role {} are not supported by this API",
                    other.role()
                )));
            }
        }
        Ok(())
    }

    fn content(&self, blocks: &'a [ContentBlock], place: &str) -> Result<TextOrParts<'a>> {
        text_or_parts(blocks, |block| self.part(block, place))
    }

    fn part(&self, block: &ContentBlock, place: &str) -> Result<Value> {
        let refuse = |content: &str| {
            let provider = &self.served.provider;
            Err(unsupported(format_args!("{provider} does not support {content} in {place}")))
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
                _ => return refuse("audio by URL or file ID (pass its data)"),
            },
            ContentBlock::Video(_) => return refuse("videos"),
            ContentBlock::Other(fields) => {
                block.as_non_standard().cloned().unwrap_or_else(|| fields.clone().into())
            }
            ContentBlock::Reasoning(_) => return refuse("reasoning blocks"),
            ContentBlock::Refusal(_) => return refuse("refusals"),
            ContentBlock::ToolCall(_) | ContentBlock::InvalidToolCall(_) => {
                return refuse("tool calls");
            }
            _ => return refuse("content blocks of this type"),
        })
    }

    fn assistant(&mut self, message: &'a AiMessage) -> Result<()> {
        let is_own = message.provider.as_deref() == Some(&*self.served.provider);
        // An item that is sent with its ID must follow the reasoning that preceded it. If an answer
        // of a reasoning model has no reasoning, it may have been removed, so send no IDs.
        let is_reasoning = |block: &ContentBlock| matches!(block, ContentBlock::Reasoning(_));
        let is_whole = !self.served.reasons() || message.content.iter().any(is_reasoning);
        let with_ids = is_own
            && is_whole
            && message.content.iter().all(|block| match block {
                ContentBlock::Reasoning(reasoning) => {
                    reasoning.id.is_some() && self.can_be_sent(message, reasoning)
                }
                _ => true,
            });
        for block in &message.content {
            match block {
                ContentBlock::Reasoning(reasoning) if with_ids => self.reasoning(reasoning),
                ContentBlock::Reasoning(_) => (),
                ContentBlock::Text(block) => {
                    let phase = block.extras.get("phase");
                    match block.id.as_deref().filter(|_| with_ids) {
                        Some(id) => self.part_with_id(id, output_text(block, is_own), phase),
                        None => self.part_without_id(&block.text, phase),
                    }
                }
                ContentBlock::Refusal(block) => match block.id.as_deref().filter(|_| with_ids) {
                    Some(id) => {
                        self.part_with_id(id, json!({"type": "refusal", "refusal": block.refusal}), None);
                    }
                    None => self.part_without_id(&block.refusal, None),
                },
                ContentBlock::ToolCall(call) => self.call(call, with_ids),
                ContentBlock::InvalidToolCall(call) => self.push(json!({
                    "type": "function_call",
                    "call_id": call.id.as_deref().unwrap_or_default(),
                    // The API rejects a call without a name.
                    "name": call.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("unknown"),
                    "arguments": call.args.as_deref().unwrap_or_default(),
                })),
                // The item of the call already contains this result.
                ContentBlock::ServerToolResult(_) => (),
                block => match server_block::item(block).filter(|_| is_own) {
                    Some(item) => self.push(item),
                    None if matches!(block, ContentBlock::ServerToolCall(_)) => (),
                    None => {
                        // `part` returns a more specific error if the block is not supported in any
                        // message.
                        self.part(block, "an AI message")?;
                        let provider = &self.served.provider;
                        return Err(unsupported(format_args!(
                            "{provider} does not support media, or blocks of other providers, in an AI message"
                        )));
                    }
                },
            }
        }
        Ok(())
    }

    /// Removes reasoning at the end of an answer, because the API rejects reasoning that no item
    /// follows. `begin` is the position of the first item of the answer.
    fn drop_trailing_reasoning(&mut self, begin: usize) {
        let is_reasoning = |item: &WireItem<'_>| matches!(item, WireItem::Other(item) if item["type"] == "reasoning");
        while self.items.len() > begin && self.items.last().is_some_and(is_reasoning) {
            self.items.pop();
        }
    }

    /// Returns whether this reasoning can be sent back: by its ID to a service that stores it, or
    /// in encrypted form.
    fn can_be_sent(&self, message: &AiMessage, reasoning: &ReasoningBlock) -> bool {
        self.stores
            || message.content.iter().any(|block| match block {
                ContentBlock::Reasoning(other) => {
                    other.id == reasoning.id && other.encrypted.is_some()
                }
                _ => false,
            })
    }

    fn push(&mut self, item: Value) {
        self.items.push(WireItem::Other(item));
    }

    /// Returns the last item, if the model produced it.
    fn last(&mut self) -> Option<&mut Value> {
        match self.items.last_mut()? {
            WireItem::Other(item) => Some(item),
            _ => None,
        }
    }

    /// Adds a reasoning block. Consecutive blocks with the same ID become parts of one item.
    fn reasoning(&mut self, block: &ReasoningBlock) {
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
        let (list, kind) =
            if is_content { ("content", "reasoning_text") } else { ("summary", "summary_text") };
        let part = json!({"type": kind, "text": block.reasoning});
        match &mut item[list] {
            Value::Array(parts) => parts.push(part),
            empty => *empty = json!([part]),
        }
    }

    /// Adds a part of a message that has an ID. Consecutive parts with the same ID become one item.
    fn part_with_id(&mut self, id: &str, part: Value, phase: Option<&Value>) {
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

    /// Adds the text of a part of a message that has no ID. Without an ID, the API accepts only
    /// text.
    fn part_without_id(&mut self, text: &str, phase: Option<&Value>) {
        let mut item = json!({"type": "message", "role": "assistant", "content": text});
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
    let annotations: Vec<Value> = if is_own {
        block.annotations.iter().filter_map(written_annotation).collect()
    } else {
        Vec::new()
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
