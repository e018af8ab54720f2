//! A message, as a service takes it.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::shared::TextOrParts;

/// A message, as a service takes it. Most are nothing but a role and a text, which is borrowed.
#[derive(Debug, Serialize)]
pub(super) struct WireMessage<'a> {
    role: &'static str,
    content: TextOrParts<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// What a model says besides.
    #[serde(flatten)]
    fields: Map<String, Value>,
}

impl<'a> WireMessage<'a> {
    pub(super) fn new(role: &'static str, content: TextOrParts<'a>) -> Self {
        Self { role, content, tool_call_id: None, name: None, fields: Map::new() }
    }

    /// The same, said by somebody of this name.
    pub(super) fn by(self, name: &'a Option<String>) -> Self {
        Self { name: name.as_deref(), ..self }
    }

    /// The same, as what a call gave back.
    pub(super) fn answering(self, call: Cow<'a, str>) -> Self {
        Self { tool_call_id: Some(call), ..self }
    }

    /// The same, and what a model says besides.
    pub(super) fn with(self, fields: Map<String, Value>) -> Self {
        Self { fields, ..self }
    }
}
