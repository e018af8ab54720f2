//! What the bodies of both APIs have in common.

use runnable_chat::{
    ChatOptions, ContentBlock,
    model::{ChatRequest, ReasoningEffort},
    tool::ToolChoice,
};
use runnable_core::{Error, ErrorKind, Metadata, Result};
use serde::Serialize;
use serde_json::{Value, json};

use crate::service::Quirks;

/// A request that is being written: a JSON object, as bytes.
///
/// What only the service knows is added as it goes, and goes before what would stand there. The lists
/// `tools` and `include` grow by it, and objects get more fields, unless it is empty; `null` leaves
/// the field out.
#[derive(Debug)]
pub(crate) struct Body<'a> {
    json: Vec<u8>,
    extras: &'a Metadata,
    /// The extras that are in it already.
    merged: Vec<&'a str>,
}

impl<'a> Body<'a> {
    pub(crate) fn new(request: &'a ChatRequest) -> Self {
        let json = Vec::with_capacity(length(request));
        Self { json, extras: &request.options.extras, merged: Vec::new() }
    }

    /// Writes a field, which must not be there yet.
    pub(crate) fn set(&mut self, key: &str, value: &(impl Serialize + ?Sized)) -> Result<()> {
        let Some((key, extra)) = self.extras.get_key_value(key) else {
            return self.write(key, value);
        };
        self.merged.push(key);
        if extra.is_null() {
            return Ok(());
        }
        let value = serde_json::to_value(value).map_err(unwritable)?;
        self.write(key, &merged(key, value, extra))
    }

    pub(crate) fn set_some(&mut self, key: &str, value: Option<impl Serialize>) -> Result<()> {
        value.map_or(Ok(()), |value| self.set(key, &value))
    }

    /// The whole object.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>> {
        for (key, value) in self.extras {
            if !value.is_null() && !self.merged.contains(&key.as_str()) {
                self.write(key, value)?;
            }
        }
        self.json.push(b'}');
        Ok(self.json)
    }

    fn write(&mut self, key: &str, value: &(impl Serialize + ?Sized)) -> Result<()> {
        self.json.push(if self.json.is_empty() { b'{' } else { b',' });
        serde_json::to_writer(&mut self.json, key).map_err(unwritable)?;
        self.json.push(b':');
        serde_json::to_writer(&mut self.json, value).map_err(unwritable)
    }
}

/// How many bytes a request of nothing but text may have.
fn length(request: &ChatRequest) -> usize {
    let length = |block: &ContentBlock| match block {
        ContentBlock::Text(block) => block.text.len() + 64,
        _ => 64,
    };
    let blocks = request.prompt.messages.iter().flat_map(|message| message.content());
    blocks.map(length).sum::<usize>() + 128
}

fn merged(key: &str, value: Value, extra: &Value) -> Value {
    match (value, extra) {
        (Value::Array(mut there), Value::Array(more))
            if matches!(key, "tools" | "include") && !more.is_empty() =>
        {
            for item in more {
                if !there.contains(item) {
                    there.push(item.clone());
                }
            }
            there.into()
        }
        (Value::Object(mut there), Value::Object(more)) if !more.is_empty() => {
            there.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
            there.into()
        }
        _ => extra.clone(),
    }
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::wrap(ErrorKind::InvalidInput, error)
}

/// The number as people write it: a temperature of 0.7, and not of 0.699999988079071.
pub(crate) fn number(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_default()
}

/// What cannot be asked of an API.
pub(crate) fn unsupported(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Unsupported, what.to_string())
}

/// The word for an effort.
pub(crate) fn effort(effort: ReasoningEffort, max: &str) -> Result<&str> {
    Ok(match effort {
        ReasoningEffort::None => "none",
        ReasoningEffort::Minimal => "minimal",
        ReasoningEffort::Low => "low",
        ReasoningEffort::Medium => "medium",
        ReasoningEffort::High => "high",
        ReasoningEffort::Max => max,
        ReasoningEffort::Budget(_) => {
            return Err(unsupported(
                "a budget of reasoning tokens: this API takes a word, such as \
                 `ReasoningEffort::High`",
            ));
        }
        other => return Err(unsupported(format_args!("the reasoning effort {other:?}"))),
    })
}

/// Whether a request has tools, of the caller's or of the service's own.
pub(crate) fn has_tools(options: &ChatOptions) -> bool {
    let is_there = |value: &Value| match value {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        _ => true,
    };
    let extra = |key: &str| options.extras.get(key).map(is_there);
    extra("tools").unwrap_or(!options.tools.is_empty()) || extra("functions").unwrap_or(false)
}

/// Whether a tool may, or must, be called; `named` writes that it is a certain one.
pub(crate) fn tool_choice(
    options: &ChatOptions,
    quirks: &Quirks,
    named: impl Fn(&str) -> Value,
) -> Result<Option<Value>> {
    let Some(choice) = &options.tool_choice else { return Ok(None) };
    Ok(Some(match choice {
        ToolChoice::Auto => json!("auto"),
        ToolChoice::None => json!("none"),
        ToolChoice::Required => json!(quirks.some_tool),
        ToolChoice::Tool(name) => named(name),
        other => return Err(unsupported(format_args!("the tool choice {other:?}"))),
    }))
}
