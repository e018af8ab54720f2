//! Parses the events of a streamed response.
//!
//! Frequent events in their usual form are parsed without copies. All other events are parsed field
//! by field, so that a field of an unexpected type does not make the event invalid.

use std::borrow::Cow;

use runnable_core::{Error, ErrorKind, Result};
use runnable_http::{ApiError, Frame, lenient};
use serde::Deserialize;
use serde_json::{Map, Value};

/// An event that adds content to a block, in its usual form.
#[derive(Deserialize)]
pub(super) struct Piece<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    pub(super) index: u64,
    #[serde(borrow)]
    delta: Delta<'a>,
}

/// The content that an event adds to a block.
#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
    #[serde(borrow, default)]
    thinking: Option<Text<'a>>,
    #[serde(borrow, default)]
    signature: Option<Text<'a>>,
    #[serde(borrow, default)]
    partial_json: Option<Text<'a>>,
}

/// Text that is borrowed if it contains no escapes. serde never borrows in an `Option<Cow<str>>`,
/// so this type is used there.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The content that an event adds to a block.
#[derive(Debug)]
pub(super) enum Added {
    Text(String),
    Thinking(String),
    Signature(String),
    Args(String),
}

impl<'a> Piece<'a> {
    /// Parses an event, and returns the index of the block and the content that is added to it.
    /// Returns `None` if the event is of another type, or does not have its usual form.
    pub(super) fn read(data: &'a str) -> Option<(u64, Added)> {
        let Self { kind, index, delta } = serde_json::from_str(data).ok()?;
        if kind.0 != "content_block_delta" {
            return None;
        }
        let owned = |text: Text<'_>| text.0.into_owned();
        let added = match &*delta.kind.0 {
            "text_delta" => Added::Text(delta.text.map(owned)?),
            "thinking_delta" => Added::Thinking(delta.thinking.map(owned)?),
            "signature_delta" => Added::Signature(delta.signature.map(owned)?),
            "input_json_delta" => Added::Args(delta.partial_json.map(owned)?),
            _ => return None,
        };
        Some((index, added))
    }
}

impl Added {
    /// Returns the content that these fields of an event add to a block. Returns `None` if the
    /// content has none of the frequent types. Content without a type is recognized by its fields.
    pub(super) fn of(fields: &Map<String, Value>) -> Option<Self> {
        let text = |key: &str| match fields.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let args = || match fields.get("partial_json")? {
            // Some gateways send the arguments as an object.
            Value::Object(args) => Some(Value::Object(args.clone()).to_string()),
            _ => text("partial_json"),
        };
        match fields.get("type").and_then(Value::as_str).unwrap_or_default() {
            "text_delta" => text("text").map(Self::Text),
            "thinking_delta" => text("thinking").map(Self::Thinking),
            "signature_delta" => text("signature").map(Self::Signature),
            "input_json_delta" => args().map(Self::Args),
            "" => {
                let known = text("text").map(Self::Text);
                let known = known.or_else(|| text("thinking").map(Self::Thinking));
                let known = known.or_else(|| text("signature").map(Self::Signature));
                known.or_else(|| args().map(Self::Args))
            }
            _ => None,
        }
    }
}

/// Returns the fields of an event, and whether its JSON had to be repaired.
///
/// # Errors
///
/// Returns an error if the data is invalid or contains an error of the service.
pub(super) fn fields(frame: &Frame) -> Result<(Map<String, Value>, bool)> {
    let data = frame.data().trim();
    let (event, repaired) = lenient::event(data).map_err(|error| match frame.json::<Value>() {
        // The frame knows whether the event was truncated, so its error is more specific.
        Err(frame_error) => frame_error,
        Ok(_) => Error::new(ErrorKind::Parse, error.to_string()),
    })?;
    match event {
        Value::Object(fields) => Ok((fields, repaired)),
        other => match ApiError::told_by(&other) {
            Some(error) => Err(error.into_error()),
            None => Ok((Map::new(), repaired)),
        },
    }
}

/// Returns the type of an event: the type in its data, otherwise the type in the frame, otherwise
/// the type to which its fields belong.
pub(super) fn kind<'a>(fields: &'a Map<String, Value>, frame: &'a Frame) -> &'a str {
    let declared = fields.get("type").and_then(Value::as_str).filter(|kind| !kind.is_empty());
    let named = frame.event().filter(|name| *name != "message" || fields.contains_key("content"));
    declared.or(named).unwrap_or_else(|| {
        let has = |key: &str, inner: &str| {
            fields.get(key).is_some_and(|value| value.get(inner).is_some())
        };
        match fields {
            _ if fields.contains_key("content_block") => "content_block_start",
            _ if has("delta", "stop_reason") => "message_delta",
            _ if fields.contains_key("delta") => "content_block_delta",
            _ if has("message", "role") || has("message", "content") => "message_start",
            _ if fields.contains_key("content") => "message",
            _ => "",
        }
    })
}

/// Returns a number, which the service may have sent as text.
pub(super) fn number(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_u64().or_else(|| {
            // A cast from a float saturates, so a number that is too large becomes `u64::MAX`.
            value.as_f64().filter(|number| *number >= 0.0).map(|number| number as u64)
        }),
    }
}

/// Removes a field and returns it, if it is an object.
pub(super) fn take_object(
    fields: &mut Map<String, Value>,
    key: &str,
) -> Option<Map<String, Value>> {
    match fields.shift_remove(key) {
        Some(Value::Object(object)) => Some(object),
        _ => None,
    }
}
