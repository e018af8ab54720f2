//! The parts that the request bodies of both APIs have in common.

use runnable_chat::{
    ChatOptions, ContentBlock,
    model::{ChatRequest, ReasoningEffort},
    tool::ToolChoice,
};
use runnable_core::{Error, ErrorKind, Metadata, Result};
use serde::Serialize;
use serde_json::{Value, json};

use crate::service::Quirks;

/// A request body that is being encoded: the bytes of a JSON object.
///
/// An extra replaces the field with the same name. An extra that is not empty extends the lists
/// `tools` and `include`, and extends objects, instead of replacing them. An extra that is `null`
/// removes the field.
#[derive(Debug)]
pub(crate) struct Body<'a> {
    json: Vec<u8>,
    extras: &'a Metadata,
    /// The names of the extras that were merged.
    merged: Vec<&'a str>,
}

impl<'a> Body<'a> {
    pub(crate) fn new(request: &'a ChatRequest) -> Self {
        let json = Vec::with_capacity(length(request));
        Self { json, extras: &request.options.extras, merged: Vec::new() }
    }

    /// Adds a field, merged with the extra of the same name. The field must not have been added
    /// before.
    pub(crate) fn set(&mut self, key: &str, value: &(impl Serialize + ?Sized)) -> Result<()> {
        let Some((key, extra)) = self.extras.get_key_value(key) else {
            return self.write(key, value);
        };
        self.merged.push(key);
        if extra.is_null() {
            return Ok(());
        }
        let value = serde_json::to_value(value).map_err(invalid_json)?;
        self.write(key, &merged(key, value, extra))
    }

    pub(crate) fn set_some(&mut self, key: &str, value: Option<impl Serialize>) -> Result<()> {
        value.map_or(Ok(()), |value| self.set(key, &value))
    }

    /// Adds the extras that were not merged with a field, and returns the bytes of the object.
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
        serde_json::to_writer(&mut self.json, key).map_err(invalid_json)?;
        self.json.push(b':');
        serde_json::to_writer(&mut self.json, value).map_err(invalid_json)
    }
}

/// Estimates the size of the request body in bytes, as if all content that is not text were short.
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
        (Value::Array(mut fields), Value::Array(more))
            if matches!(key, "tools" | "include") && !more.is_empty() =>
        {
            for item in more {
                if !fields.contains(item) {
                    fields.push(item.clone());
                }
            }
            fields.into()
        }
        (Value::Object(mut fields), Value::Object(more)) if !more.is_empty() => {
            fields.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
            fields.into()
        }
        _ => extra.clone(),
    }
}

fn invalid_json(error: serde_json::Error) -> Error {
    Error::wrap(ErrorKind::InvalidInput, error)
}

/// Converts a number so that its JSON is as short as possible: 0.7 and not 0.699999988079071.
pub(crate) fn number(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_default()
}

/// Creates an error of kind `Unsupported`, for a request that the API does not support.
pub(crate) fn unsupported(message: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Unsupported, message.to_string())
}

/// Returns the name of a reasoning effort. `max` is the name of the highest effort.
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
                "`ReasoningEffort::Budget` is not supported by this API; use a level, such as \
                 `ReasoningEffort::High`",
            ));
        }
        other => {
            return Err(unsupported(format_args!(
                "the reasoning effort {other:?} is not supported by this API"
            )));
        }
    })
}

/// Returns whether a request has tools: tools of the caller, or tools that are built into the
/// service.
pub(crate) fn has_tools(options: &ChatOptions) -> bool {
    let is_there = |value: &Value| match value {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        _ => true,
    };
    let extra = |key: &str| options.extras.get(key).map(is_there);
    extra("tools").unwrap_or(!options.tools.is_empty()) || extra("functions").unwrap_or(false)
}

/// Returns the JSON of the tool choice, if the options contain one. `named` creates the JSON for
/// the choice of a specific tool.
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
        other => {
            return Err(unsupported(format_args!(
                "the tool choice {other:?} is not supported by this API"
            )));
        }
    }))
}
