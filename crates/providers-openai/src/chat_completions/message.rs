//! Writes messages.

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
    service::{File, SendReasoning, Thoughts},
    shared::{
        FAILED, TextOrParts, address, audio_format, failed_without_words, filename, text_or_parts,
        unsupported,
    },
};

/// Writes the messages of a conversation for a service.
pub(super) struct Messages<'a> {
    served: &'a ServedModel,
}

/// Where a message stands in the conversation.
#[derive(Clone, Copy)]
struct Place {
    /// Whether it is after the last message of the user.
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
        let mut written = Vec::with_capacity(count);
        let mut media = ToolMedia::default();
        for (index, message) in messages.enumerate() {
            // The results of the calls of one answer follow each other.
            if !matches!(message, Message::Tool(_)) {
                written.extend(media.take());
            }
            let place = Place {
                in_turn: last_human.is_none_or(|human| index > human),
                is_last: index + 1 == count,
            };
            written.push(self.message(message, place, &mut media)?);
        }
        written.extend(media.take());
        Ok(written)
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
                // The call says which tool it was, and a name here is refused.
                let id = self.call_id(&tool.tool_call_id);
                let content = self.tool_content(tool, media)?;
                WireMessage::new("tool", content).answering(id)
            }
            other => return Err(unsupported(format_args!("a message of role {}", other.role()))),
        })
    }

    fn system_role(&self) -> &'static str {
        match self.served.has_developer() {
            true => "developer",
            false => "system",
        }
    }

    fn content<'m>(&self, blocks: &'m [ContentBlock], place: &str) -> Result<TextOrParts<'m>> {
        text_or_parts(blocks, |block| self.part(block, place))
    }

    fn part(&self, block: &ContentBlock, place: &str) -> Result<Value> {
        let quirks = &self.served.quirks;
        let refuse = |what: &str| {
            let provider = &self.served.provider;
            Err(unsupported(format_args!("{what} in {place}: {provider} does not take it")))
        };
        Ok(match block {
            ContentBlock::Text(block) => json!({"type": "text", "text": block.text}),
            ContentBlock::Image(media) if quirks.image => {
                let Some(url) = address(media, "image/png") else {
                    return refuse(
                        "a picture by its file id (pass an address or data, or use the Responses \
                         API)",
                    );
                };
                let mut image = json!({"url": url});
                if let Some(detail) = media.extras.get("detail") {
                    image["detail"] = detail.clone();
                }
                json!({"type": "image_url", "image_url": image})
            }
            ContentBlock::Image(_) => return refuse("a picture"),
            ContentBlock::Audio(media) if quirks.audio => match &media.source {
                MediaSource::Base64(data) => {
                    let audio = json!({"data": data, "format": audio_format(media)});
                    json!({"type": "input_audio", "input_audio": audio})
                }
                _ => return refuse("a sound by its address or id (pass its data)"),
            },
            ContentBlock::Audio(_) => return refuse("a sound"),
            ContentBlock::Video(media) if quirks.video => match address(media, "video/mp4") {
                Some(url) => json!({"type": "video_url", "video_url": {"url": url}}),
                None => return refuse("a film by its file id"),
            },
            ContentBlock::Video(_) => return refuse("a film"),
            ContentBlock::File(media) => match file(media, quirks.file) {
                Some(part) => part,
                None => return refuse("a file, or one given in this way"),
            },
            ContentBlock::Other(fields) => other(block, fields),
            ContentBlock::Refusal(block) => json!({"type": "refusal", "refusal": block.refusal}),
            ContentBlock::Reasoning(_) => return refuse("a reasoning block"),
            ContentBlock::ToolCall(_) | ContentBlock::InvalidToolCall(_) => {
                return refuse("a tool call");
            }
            _ => return refuse("a block of this type"),
        })
    }

    fn tool_content<'m>(
        &self,
        tool: &'m ToolMessage,
        media: &mut ToolMedia,
    ) -> Result<TextOrParts<'m>> {
        if failed_without_words(tool) {
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
        let moves = !self.served.quirks.tool_media && tool.content.iter().any(|it| is_media(&it));
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
        // Claude refuses to go on from white space.
        let is_prefix = place.is_last && self.served.is_claude();
        if let [ContentBlock::Text(block)] = message.content.as_slice() {
            let text = if is_prefix { block.text.trim_end() } else { &block.text };
            return Ok(WireMessage::new("assistant", text.into()));
        }
        let mut fields = Map::new();
        let quirks = &self.served.quirks;
        let is_own = message.provider.as_deref() == Some(&*self.served.provider);
        let (mut parts, mut calls, mut details) = (Vec::new(), Vec::new(), Vec::new());
        let (mut thoughts, mut refusal, mut field) = (String::new(), String::new(), None);
        let goes = is_own
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
                ContentBlock::Reasoning(block) if quirks.thoughts == Thoughts::Parts => {
                    parts.extend(thinking(block, goes));
                }
                ContentBlock::Reasoning(block) => {
                    thoughts.push_str(&block.reasoning);
                    field = field.or(reasoning::field(block));
                    details.extend(reasoning::detail(block, details.len()));
                }
                ContentBlock::ToolCall(call) => calls.push(self.call(call, calls.len(), is_own)),
                ContentBlock::InvalidToolCall(call) => {
                    calls.push(self.invalid_call(call, calls.len()));
                }
                // A sound that was said is named by its id.
                ContentBlock::Audio(Media { id: Some(id), .. }) if is_own => {
                    fields.insert("audio".into(), json!({"id": id}));
                }
                ContentBlock::Other(other) if block.as_non_standard().is_some() => {
                    function_call(other, &mut fields);
                }
                // What another service did by itself says nothing to this one.
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
        let says_nothing = content.is_null() && calls.is_empty() && refusal.is_empty();
        let is_empty = says_nothing && !fields.contains_key("function_call");
        let content = if is_empty { "".into() } else { TextOrParts::Other(content) };
        if !refusal.is_empty() {
            fields.insert("refusal".into(), refusal.into());
        }
        if goes && quirks.thoughts == Thoughts::Details && !details.is_empty() {
            fields.insert("reasoning_details".into(), details.into());
        } else if goes && !thoughts.is_empty() {
            let field = self.served.reasoning_field.as_deref().or(field);
            let field = field.unwrap_or(match quirks.thoughts {
                Thoughts::Details => "reasoning",
                _ => "reasoning_content",
            });
            fields.insert(field.into(), thoughts.into());
        }
        if !calls.is_empty() {
            fields.insert("tool_calls".into(), calls.into());
        }
        Ok(WireMessage::new("assistant", content).with(fields))
    }

    fn call(&self, call: &ToolCall, index: usize, is_own: bool) -> Value {
        let id = self.id_of(call.id.as_deref(), index);
        let mut written = match &call.args {
            Value::String(input) => {
                json!({"type": "custom", "custom": {"name": call.name, "input": input}, "id": id})
            }
            args => {
                let function = json!({"name": call.name, "arguments": args.to_string()});
                json!({"type": "function", "function": function, "id": id})
            }
        };
        if let Some(extra) = call.extras.get("extra_content").filter(|_| is_own) {
            written["extra_content"] = extra.clone();
        }
        written
    }

    fn invalid_call(&self, call: &InvalidToolCall, index: usize) -> Value {
        let (name, args) = (call.name.as_deref(), call.args.as_deref());
        let function = json!({
            // No service takes a call without a name.
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

    /// The id of a call, in the form that the service asks for.
    fn call_id<'m>(&self, id: &'m str) -> Cow<'m, str> {
        let is_short = id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match self.served.quirks.short_ids && !is_short {
            true => short(id).into(),
            false => id.into(),
        }
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

/// A part of the service's own, as it is.
fn other(block: &ContentBlock, fields: &Map<String, Value>) -> Value {
    block.as_non_standard().cloned().unwrap_or_else(|| fields.clone().into())
}

/// Thoughts as a part of the content.
fn thinking(block: &ReasoningBlock, goes: bool) -> Option<Value> {
    let shown = goes && !block.reasoning.is_empty();
    let thoughts = json!([{"type": "text", "text": block.reasoning}]);
    shown.then(|| json!({"type": "thinking", "thinking": thoughts}))
}

/// A call of before there were tools.
fn function_call(block: &Map<String, Value>, fields: &mut Map<String, Value>) {
    let Some(Value::Object(call)) = block.get("value") else { return };
    if call.get("type").is_some_and(|kind| kind == "function_call") {
        let mut call = call.clone();
        call.shift_remove("type");
        fields.insert("function_call".into(), call.into());
    }
}

/// Nine letters and digits that stand for an id, always the same (FNV-1a).
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
