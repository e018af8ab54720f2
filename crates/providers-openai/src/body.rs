//! What the bodies of both APIs have in common.

use runnable_chat::{
    ChatOptions, ContentBlock,
    model::ReasoningEffort,
    tool::{ToolChoice, ToolDefinition},
};
use runnable_core::{Error, ErrorKind, Metadata, Result};
use serde_json::{Map, Value, json};

use crate::{service::Quirks, structured};

/// A request that is being written.
#[derive(Debug, Default)]
pub(crate) struct Body(Map<String, Value>);

impl Body {
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    pub(crate) fn set_some(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(key, value);
        }
    }

    /// Adds what only the service knows. The lists `tools` and `include` grow by it, and objects get
    /// more fields; anything else goes before what stands there.
    pub(crate) fn extend(mut self, extras: &Metadata) -> Value {
        for (key, value) in extras {
            match (self.0.get_mut(key), value) {
                (Some(Value::Array(there)), Value::Array(more))
                    if matches!(key.as_str(), "tools" | "include") =>
                {
                    for item in more {
                        if !there.contains(item) {
                            there.push(item.clone());
                        }
                    }
                }
                (Some(Value::Object(there)), Value::Object(more)) => {
                    there.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
                }
                _ => self.set(key, value.clone()),
            }
        }
        Value::Object(self.0)
    }
}

/// Text as such, anything else as a list of parts.
pub(crate) fn text_or_parts(
    blocks: &[ContentBlock],
    part: impl Fn(&ContentBlock) -> Result<Value>,
) -> Result<Value> {
    match blocks {
        [] => Ok("".into()),
        [ContentBlock::Text(block)] => Ok(block.text.as_str().into()),
        _ => Ok(blocks.iter().map(part).collect::<Result<Vec<_>>>()?.into()),
    }
}

/// The number as people write it: a temperature of 0.7, and not of 0.699999988079071.
pub(crate) fn number(number: f32) -> Value {
    number.to_string().parse::<f64>().unwrap_or_default().into()
}

/// What cannot be asked of an API.
pub(crate) fn unsupported(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidInput, what.to_string())
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

/// Name, description, parameters and `strict` of a tool.
pub(crate) fn function(tool: &ToolDefinition, quirks: &Quirks) -> Result<Map<String, Value>> {
    let mut function = Map::new();
    function.insert("name".into(), tool.name.as_str().into());
    if !tool.description.is_empty() {
        function.insert("description".into(), tool.description.as_str().into());
    }
    let parameters = match tool.strict && quirks.closed_schemas {
        true => structured::strict(&tool.parameters).map_err(|error| of(&tool.name, error))?,
        false => tool.parameters.clone(),
    };
    function.insert("parameters".into(), parameters);
    if tool.strict {
        function.insert("strict".into(), true.into());
    }
    Ok(function)
}

/// The schema that an answer is to keep to.
pub(crate) fn schema(
    format: &runnable_chat::model::JsonSchema,
    quirks: &Quirks,
) -> Result<Map<String, Value>> {
    let mut fields = Map::new();
    fields.insert("name".into(), format.name.as_str().into());
    if let Some(description) = &format.description {
        fields.insert("description".into(), description.as_str().into());
    }
    let schema = match format.strict && quirks.closed_schemas {
        true => structured::strict(&format.schema).map_err(|error| of(&format.name, error))?,
        false => format.schema.clone(),
    };
    fields.insert("schema".into(), schema);
    fields.insert("strict".into(), format.strict.into());
    Ok(fields)
}

fn of(name: &str, error: Error) -> Error {
    Error::new(error.kind(), format!("`{name}`: {error}"))
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
