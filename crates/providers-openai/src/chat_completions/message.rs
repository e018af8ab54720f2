//! Encodes the messages of a request.

use std::borrow::Cow;

use runnable_chat::{
    AiMessage, ContentBlock, Media, Message, ToolMessage,
    message::{InvalidToolCall, MediaSource, ReasoningBlock, ToolCall, ToolStatus},
};
use runnable_core::Result;
use serde_json::{Map, Value, json};

use super::{message_body::WireMessage, reasoning, tool_media::ToolMedia};
use crate::{
    served_model::ServedModel,
    service::{File, ReasoningForm, SendReasoning},
    shared::{
        FAILED, TextOrParts, address, audio_format, failed_without_message, filename,
        text_or_parts, unsupported,
    },
};

/// Encodes the messages of a conversation in the form that the service accepts.
pub(super) struct Messages<'a> {
    served: &'a ServedModel,
}

/// The position of a message in the conversation.
#[derive(Clone, Copy)]
struct Place {
    /// Whether the message follows the last human message.
    in_turn: bool,
    is_last: bool,
}

impl<'a> Messages<'a> {
    pub(super) fn new(served: &'a ServedModel) -> Self {
        Self { served }
    }

    pub(super) fn write<'m>(
        &self,
        messages: impl IntoIterator<Item = &'m Message, IntoIter: Clone>,
    ) -> Result<Vec<WireMessage<'m>>> {
        let messages = messages.into_iter();
        let is_human = |message: &Message| matches!(message, Message::Human(_));
        let humans = messages.clone().enumerate().filter(|(_, message)| is_human(message));
        let last_human = humans.map(|(index, _)| index).last();
        let count = messages.clone().count();
        let mut wire_messages = Vec::with_capacity(count);
        let mut media = ToolMedia::default();
        for (index, message) in messages.enumerate() {
            // The results of all calls of one answer must follow each other, so the media come
            // after them.
            if !matches!(message, Message::Tool(_)) {
                wire_messages.extend(media.take());
            }
            let place = Place {
                in_turn: last_human.is_none_or(|human| index > human),
                is_last: index + 1 == count,
            };
            wire_messages.push(self.message(message, place, &mut media)?);
        }
        wire_messages.extend(media.take());
        Ok(wire_messages)
    }

    fn message<'m>(
        &self,
        message: &'m Message,
        place: Place,
        media: &mut ToolMedia,
    ) -> Result<WireMessage<'m>> {
        Ok(match message {
            Message::System(system) => {
                let content = self.content(&system.content, "a system message")?;
                WireMessage::new(self.system_role(), content).by(&system.name)
            }
            Message::Human(human) => {
                let content = self.content(&human.content, "a human message")?;
                WireMessage::new("user", content).by(&human.name)
            }
            Message::Ai(ai) => self.assistant(ai, place)?.by(&ai.name),
            Message::Tool(tool) => {
                // Do not send the name of the tool: the call already names it, and services reject
                // a name here.
                let id = self.call_id(&tool.tool_call_id);
                let content = self.tool_content(tool, media)?;
                WireMessage::new("tool", content).answering(id)
            }
            other => {
                return Err(unsupported(format_args!(
                    "messages of role {} are not supported by this API",
                    other.role()
                )));
            }
        })
    }

    fn system_role(&self) -> &'static str {
        if self.served.has_developer() { "developer" } else { "system" }
    }

    fn content<'m>(&self, blocks: &'m [ContentBlock], place: &str) -> Result<TextOrParts<'m>> {
        text_or_parts(blocks, |block| self.part(block, place))
    }

    fn part(&self, block: &ContentBlock, place: &str) -> Result<Value> {
        let quirks = &self.served.quirks;
        let refuse = |content: &str| {
            let provider = &self.served.provider;
            Err(unsupported(format_args!("{provider} does not support {content} in {place}")))
        };
        Ok(match block {
            ContentBlock::Text(block) => json!({"type": "text", "text": block.text}),
            ContentBlock::Image(media) if quirks.image => {
                let Some(url) = address(media, "image/png") else {
                    return refuse(
                        "an image by file ID (pass a URL or data, or use the Responses \
                         API)",
                    );
                };
                let mut image = json!({"url": url});
                if let Some(detail) = media.extras.get("detail") {
                    image["detail"] = detail.clone();
                }
                json!({"type": "image_url", "image_url": image})
            }
            ContentBlock::Image(_) => return refuse("images"),
            ContentBlock::Audio(media) if quirks.audio => match &media.source {
                MediaSource::Base64(data) => {
                    let audio = json!({"data": data, "format": audio_format(media)});
                    json!({"type": "input_audio", "input_audio": audio})
                }
                _ => return refuse("audio by URL or file ID (pass its data)"),
            },
            ContentBlock::Audio(_) => return refuse("audio"),
            ContentBlock::Video(media) if quirks.video => match address(media, "video/mp4") {
                Some(url) => json!({"type": "video_url", "video_url": {"url": url}}),
                None => return refuse("a video by file ID"),
            },
            ContentBlock::Video(_) => return refuse("videos"),
            ContentBlock::File(media) => match file(media, quirks.file) {
                Some(part) => part,
                None => return refuse("files, or files from this kind of source"),
            },
            ContentBlock::Other(fields) => other(block, fields),
            ContentBlock::Refusal(block) => json!({"type": "refusal", "refusal": block.refusal}),
            ContentBlock::Reasoning(_) => return refuse("reasoning blocks"),
            ContentBlock::ToolCall(_) | ContentBlock::InvalidToolCall(_) => {
                return refuse("tool calls");
            }
            _ => return refuse("content blocks of this type"),
        })
    }

    fn tool_content<'m>(
        &self,
        tool: &'m ToolMessage,
        media: &mut ToolMedia,
    ) -> Result<TextOrParts<'m>> {
        if failed_without_message(tool) {
            return Ok(FAILED.into());
        }
        let is_text = |block: &ContentBlock| matches!(block, ContentBlock::Text(_));
        if tool.content.iter().all(is_text) {
            return Ok(TextOrParts::Text(tool.text()));
        }
        let is_media = |block: &&ContentBlock| {
            use ContentBlock::{Audio, File, Image, Video};
            matches!(block, Image(_) | Audio(_) | File(_) | Video(_))
        };
        let moves =
            !self.served.quirks.tool_media && tool.content.iter().any(|block| is_media(&block));
        if !moves {
            return self.content(&tool.content, "a tool message");
        }
        let parts = tool.content.iter().filter(is_media);
        let parts = parts.map(|block| self.part(block, "a tool message"));
        media.add(tool, parts.collect::<Result<_>>()?);
        Ok(TextOrParts::Text(match tool.text() {
            text if !text.trim().is_empty() => text,
            _ if tool.status == ToolStatus::Error => FAILED.into(),
            _ => "The result is in the next message of the user.".into(),
        }))
    }

    fn assistant<'m>(&self, message: &'m AiMessage, place: Place) -> Result<WireMessage<'m>> {
        // Claude rejects a last message that ends in whitespace.
        let is_prefix = place.is_last && self.served.is_claude();
        if let [ContentBlock::Text(block)] = message.content.as_slice() {
            let text = if is_prefix { block.text.trim_end() } else { &block.text };
            return Ok(WireMessage::new("assistant", text.into()));
        }
        let mut fields = Map::new();
        let quirks = &self.served.quirks;
        let is_own = message.provider.as_deref() == Some(&*self.served.provider);
        let (mut parts, mut calls, mut details) = (Vec::new(), Vec::new(), Vec::new());
        let (mut reasoning, mut refusal, mut field) = (String::new(), String::new(), None);
        let sends_reasoning = is_own
            && match quirks.send_reasoning {
                SendReasoning::Never => false,
                SendReasoning::WithinTurn => place.in_turn,
                SendReasoning::Always => true,
            };
        for block in &message.content {
            match block {
                ContentBlock::Text(block) if block.text.is_empty() => (),
                ContentBlock::Text(_) => parts.push(self.part(block, "an AI message")?),
                ContentBlock::Refusal(block) => refusal.push_str(&block.refusal),
                ContentBlock::Reasoning(block) if quirks.reasoning == ReasoningForm::Parts => {
                    parts.extend(thinking(block, sends_reasoning));
                }
                ContentBlock::Reasoning(block) => {
                    reasoning.push_str(&block.reasoning);
                    field = field.or(reasoning::field(block));
                    details.extend(reasoning::detail(block, details.len()));
                }
                ContentBlock::ToolCall(call) => calls.push(self.call(call, calls.len(), is_own)),
                ContentBlock::InvalidToolCall(call) => {
                    calls.push(self.invalid_call(call, calls.len()));
                }
                // The service stores the audio that its model has generated, so send only its ID.
                ContentBlock::Audio(Media { id: Some(id), .. }) if is_own => {
                    fields.insert("audio".into(), json!({"id": id}));
                }
                ContentBlock::Other(other) if block.as_non_standard().is_some() => {
                    function_call(other, &mut fields);
                }
                // Leave out tools that another service has run, because they have no meaning for
                // this service.
                ContentBlock::ServerToolCall(_) | ContentBlock::ServerToolResult(_) => (),
                block => parts.push(self.part(block, "an AI message")?),
            }
        }
        if let Some(text) = parts.last_mut().filter(|_| is_prefix).map(|part| &mut part["text"]) {
            *text = text.as_str().unwrap_or_default().trim_end().into();
        }
        let content = match parts.as_mut_slice() {
            [] => Value::Null,
            [part] if part["type"] == "text" => part["text"].take(),
            _ => parts.into(),
        };
        let has_no_content = content.is_null() && calls.is_empty() && refusal.is_empty();
        let is_empty = has_no_content && !fields.contains_key("function_call");
        let content = if is_empty { "".into() } else { TextOrParts::Other(content) };
        if !refusal.is_empty() {
            fields.insert("refusal".into(), refusal.into());
        }
        if sends_reasoning && quirks.reasoning == ReasoningForm::Details && !details.is_empty() {
            fields.insert("reasoning_details".into(), details.into());
        } else if sends_reasoning && !reasoning.is_empty() {
            let field = self.served.reasoning_field.as_deref().or(field);
            let field = field.unwrap_or(match quirks.reasoning {
                ReasoningForm::Details => "reasoning",
                _ => "reasoning_content",
            });
            fields.insert(field.into(), reasoning.into());
        }
        if !calls.is_empty() {
            fields.insert("tool_calls".into(), calls.into());
        }
        Ok(WireMessage::new("assistant", content).with(fields))
    }

    fn call(&self, call: &ToolCall, index: usize, is_own: bool) -> Value {
        let id = self.id_of(call.id.as_deref(), index);
        let mut wire_call = match &call.args {
            Value::String(input) => {
                json!({"type": "custom", "custom": {"name": call.name, "input": input}, "id": id})
            }
            args => {
                let function = json!({"name": call.name, "arguments": args.to_string()});
                json!({"type": "function", "function": function, "id": id})
            }
        };
        if let Some(extra) = call.extras.get("extra_content").filter(|_| is_own) {
            wire_call["extra_content"] = extra.clone();
        }
        wire_call
    }

    fn invalid_call(&self, call: &InvalidToolCall, index: usize) -> Value {
        let (name, args) = (call.name.as_deref(), call.args.as_deref());
        let function = json!({
            // Services reject a call without a name.
            "name": name.filter(|name| !name.is_empty()).unwrap_or("unknown"),
            "arguments": args.unwrap_or_default(),
        });
        let id = self.id_of(call.id.as_deref(), index);
        json!({"type": "function", "function": function, "id": id})
    }

    fn id_of(&self, id: Option<&str>, index: usize) -> String {
        match id {
            Some(id) => self.call_id(id).into_owned(),
            None => self.call_id(&format!("call_{index}")).into_owned(),
        }
    }

    /// Returns the ID of a call in the form that the service requires.
    fn call_id<'m>(&self, id: &'m str) -> Cow<'m, str> {
        let is_short = id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if self.served.quirks.short_ids && !is_short { short(id).into() } else { id.into() }
    }
}

fn file(media: &Media, how: File) -> Option<Value> {
    let (url, data) = match &media.source {
        MediaSource::FileId(id) => {
            return matches!(how, File::Stored | File::Addressed)
                .then(|| json!({"type": "file", "file": {"file_id": id}}));
        }
        _ => match address(media, "application/pdf")? {
            url if url.starts_with("data:") => (None, Some(url)),
            url => (Some(url), None),
        },
    };
    Some(match (how, url, data) {
        (File::Stored | File::Addressed, None, Some(data)) | (File::Addressed, Some(data), _) => {
            json!({"type": "file", "file": {"filename": filename(media), "file_data": data}})
        }
        (File::Document, url, data) => {
            json!({"type": "document_url", "document_url": url.or(data)})
        }
        (File::Url, Some(url), _) => json!({"type": "file_url", "file_url": {"url": url}}),
        (File::Url, None, Some(data)) => {
            let data = data.split_once(";base64,").map(|(_, data)| data)?;
            json!({"type": "file_url", "file_url": {"url": data}, "file_name": filename(media)})
        }
        _ => return None,
    })
}

/// Returns a provider-specific block as a part of the content, unchanged.
fn other(block: &ContentBlock, fields: &Map<String, Value>) -> Value {
    block.as_non_standard().cloned().unwrap_or_else(|| fields.clone().into())
}

/// Returns reasoning as a `thinking` part of the content, or `None` if it is left out.
fn thinking(block: &ReasoningBlock, is_sent: bool) -> Option<Value> {
    let shown = is_sent && !block.reasoning.is_empty();
    let reasoning = json!([{"type": "text", "text": block.reasoning}]);
    shown.then(|| json!({"type": "thinking", "thinking": reasoning}))
}

/// Adds a function call in the form that the API had before tools were introduced.
fn function_call(block: &Map<String, Value>, fields: &mut Map<String, Value>) {
    let Some(Value::Object(call)) = block.get("value") else { return };
    if call.get("type").is_some_and(|kind| kind == "function_call") {
        let mut call = call.clone();
        call.shift_remove("type");
        fields.insert("function_call".into(), call.into());
    }
}

/// Converts an ID to a short ID of nine letters and digits. The same ID always gives the same short
/// ID, which is an FNV-1a hash.
fn short(id: &str) -> String {
    const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let digits = (0..9).map(|_| {
        let digit = DIGITS[(hash % 62) as usize];
        hash /= 62;
        char::from(digit)
    });
    digits.collect()
}
