//! Reads errors in the shapes in which services return them.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::headers::duration;

/// The fields of an error of a service, independent of its JSON shape.
#[derive(Debug, Default)]
pub(super) struct ErrorFields {
    pub(super) message: Option<String>,
    pub(super) code: Option<String>,
    pub(super) error_type: Option<String>,
    pub(super) param: Option<String>,
    /// The status as a word, such as `RESOURCE_EXHAUSTED`, or an error code that is nested further
    /// inside.
    pub(super) reason: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) retry_after: Option<Duration>,
}

impl ErrorFields {
    /// Reads an error in one of these shapes, each optionally in an array:
    ///
    /// - `{"error": {"message", "type", "code", "param", "status", "details"}}`
    /// - `{"type": "error", "error": {…}, "request_id"}`
    /// - `{"error": "…", "code"}`, `{"message", "code"}`, `{"errors": […]}`
    /// - `{"detail": "…"}`, `{"detail": [{"loc", "msg"}]}`
    /// - `{"response": {"error": {…}}}`, as sent for a failed response of the Responses API
    pub(super) fn read(value: &Value) -> Self {
        let mut fields = Self::default();
        fields.value(value, 0);
        fields
    }

    /// Returns whether a value that was received instead of an answer is an error.
    pub(super) fn is_error(value: &Value) -> bool {
        match value {
            Value::String(text) => !text.trim().is_empty(),
            Value::Array(items) => {
                items.first().is_some_and(|it| it.is_object() && Self::is_error(it))
            }
            Value::Object(object) => {
                let has = |key: &str| object.get(key).is_some_and(is_meaningful);
                let is_named = |key: &str| {
                    let name = object.get(key).and_then(Value::as_str);
                    name.is_some_and(|name| name.eq_ignore_ascii_case("error"))
                };
                ["error", "errors"].into_iter().any(has)
                    || ["type", "object", "event", "status"].into_iter().any(is_named)
                    || MESSAGES.into_iter().any(has)
            }
            _ => false,
        }
    }

    fn value(&mut self, value: &Value, depth: usize) {
        // The data is untrusted, so the depth is limited. Known shapes nest at most three levels
        // deep.
        if depth > 4 {
            return;
        }
        match value {
            Value::String(text) => set(&mut self.message, text.trim()),
            Value::Array(items) => {
                if let Some(first) = items.first() {
                    self.value(first, depth + 1);
                }
            }
            Value::Object(object) => self.object(object, depth),
            _ => {}
        }
    }

    fn object(&mut self, object: &Map<String, Value>, depth: usize) {
        // An inner error comes first, because it is more specific.
        for key in ["error", "errors", "response"] {
            if let Some(inner) = object.get(key) {
                self.value(inner, depth + 1);
            }
        }
        for key in MESSAGES {
            match object.get(key) {
                Some(Value::Array(items)) => self.list(items),
                Some(inner) => self.value(inner, depth + 1),
                None => {}
            }
        }
        for key in ["code", "error_code", "status_code", "statusCode", "__type"] {
            set_scalar(&mut self.code, object.get(key));
        }
        // The status of a problem document: `{"status": 429, "title": …}`.
        set_scalar(&mut self.code, object.get("status").filter(|status| status.is_u64()));
        for key in ["type", "error_type"] {
            // If the object also has a `response`, its `type` is the type of the event and not of
            // the error.
            let kind = object.get(key).filter(|kind| *kind != "error");
            set_scalar(&mut self.error_type, kind.filter(|_| !object.contains_key("response")));
        }
        set_scalar(&mut self.param, object.get("param"));
        set_scalar(&mut self.request_id, object.get("request_id"));
        set_scalar(&mut self.reason, object.get("innererror").and_then(|inner| inner.get("code")));
        if depth > 0 {
            set_scalar(&mut self.reason, object.get("status"));
        }
        self.details(object.get("details"));
        self.upstream(object.get("metadata"));
    }

    /// Reads the errors of a validator: a list with one problem per item, each with its location.
    fn list(&mut self, items: &[Value]) {
        const MAX_PROBLEMS: usize = 5;
        let problem = |item: &Value| {
            let text = ["msg", "message"].iter().find_map(|key| item.get(key)?.as_str());
            let text = text.or(item.as_str())?;
            let location: Vec<String> = match item.get("loc").and_then(Value::as_array) {
                Some(parts) => parts.iter().filter_map(scalar).collect(),
                None => Vec::new(),
            };
            Some(if location.is_empty() {
                text.to_owned()
            } else {
                format!("{}: {text}", location.join("."))
            })
        };
        let problems: Vec<_> = items.iter().filter_map(problem).take(MAX_PROBLEMS).collect();
        set(&mut self.message, &problems.join("; "));
    }

    /// Reads the delay of `google.rpc.RetryInfo` in a list of details.
    fn details(&mut self, details: Option<&Value>) {
        for detail in details.and_then(Value::as_array).into_iter().flatten() {
            let delay = detail.get("retryDelay").and_then(Value::as_str);
            self.retry_after = self.retry_after.or_else(|| duration::parse(delay?));
        }
    }

    /// Appends the message of the upstream service, which a router passes on.
    fn upstream(&mut self, metadata: Option<&Value>) {
        let raw = metadata.and_then(|metadata| metadata.get("raw")).and_then(Value::as_str);
        if let (Some(raw), Some(message)) = (raw, &mut self.message) {
            message.push_str(": ");
            message.push_str(raw.trim());
        }
    }
}

/// The keys under which services send an error message, the most informative key first.
const MESSAGES: [&str; 9] = [
    "message",
    "Message",
    "detail",
    "msg",
    "error_message",
    "errorMessage",
    "error_description",
    "status_msg",
    "title",
];

/// Returns whether a value is not empty. Some services send `"error": {}` or `"error": ""` with
/// each event.
pub(super) fn is_meaningful(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) => true,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

fn set(slot: &mut Option<String>, text: &str) {
    if slot.is_none() && !text.is_empty() {
        *slot = Some(text.to_owned());
    }
}

fn set_scalar(slot: &mut Option<String>, value: Option<&Value>) {
    if let Some(text) = value.and_then(scalar) {
        set(slot, &text);
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
