//! The JSON of a message in a request.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::shared::TextOrParts;

/// A message in a request. Most messages are only a role and a borrowed text.
#[derive(Debug, Serialize)]
pub(super) struct WireMessage<'a> {
    role: &'static str,
    content: TextOrParts<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// Additional fields, which only messages of the model have.
    #[serde(flatten)]
    fields: Map<String, Value>,
}

impl<'a> WireMessage<'a> {
    pub(super) fn new(role: &'static str, content: TextOrParts<'a>) -> Self {
        Self { role, content, tool_call_id: None, name: None, fields: Map::new() }
    }

    /// Sets the name of the author.
    pub(super) fn by(self, name: &'a Option<String>) -> Self {
        Self { name: name.as_deref(), ..self }
    }

    /// Sets the ID of the tool call whose result this message is.
    pub(super) fn answering(self, call: Cow<'a, str>) -> Self {
        Self { tool_call_id: Some(call), ..self }
    }

    /// Sets the additional fields.
    pub(super) fn with(self, fields: Map<String, Value>) -> Self {
        Self { fields, ..self }
    }
}
