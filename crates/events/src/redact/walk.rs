//! [`Walk`]: redacts a JSON value, with everything in it.

use serde_json::{Map, Value};

use super::{
    field_name::{Secrecy, is_secret_header, secrecy_of},
    field_path::{self, Reached},
    label,
    rules::Rules,
    scan::looks_generated,
};

/// The depth at which values are removed, because each level of recursion uses the stack.
const DEEPEST: usize = 512;

/// Redacts a JSON value and all values inside it.
pub(super) struct Walk<'r, F> {
    rules: &'r Rules,
    /// Redacts the text at a path.
    redact_text: F,
    path: String,
}

impl<'r, F: FnMut(&str, &mut String)> Walk<'r, F> {
    pub(super) fn new(rules: &'r Rules, redact_text: F) -> Self {
        Self { rules, redact_text, path: String::new() }
    }

    /// Redacts the value with this name.
    pub(super) fn root(&mut self, name: &str, value: &mut Value) {
        let start = field_path::start(&self.rules.fields);
        self.child(name, value, &start, 0);
    }

    /// Redacts an object with this name, which stays an object.
    pub(super) fn fields(&mut self, name: &str, fields: &mut Map<String, Value>) {
        if fields.is_empty() {
            return;
        }
        let start = field_path::start(&self.rules.fields);
        let reached = field_path::step(&self.rules.fields, &start, name);
        if field_path::is_at_end(&self.rules.fields, &reached) {
            fields.clear();
        }
        name.clone_into(&mut self.path);
        self.object(fields, &reached, 0);
        self.path.clear();
    }

    fn child(&mut self, name: &str, value: &mut Value, reached: &Reached, depth: usize) {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        self.value(value, &field_path::step(&self.rules.fields, reached, name), depth);
        self.path.truncate(length);
    }

    fn value(&mut self, value: &mut Value, reached: &Reached, depth: usize) {
        if field_path::is_at_end(&self.rules.fields, reached) {
            *value = label::FIELD.into();
            return;
        }
        self.rules.edit(&self.path, value);
        match value {
            Value::Array(_) | Value::Object(_) if depth >= DEEPEST => *value = label::NESTED.into(),
            Value::String(text) => (self.redact_text)(&self.path, text),
            Value::Array(items) => {
                redact_header_pair(items);
                for (index, item) in items.iter_mut().enumerate() {
                    self.child(&index.to_string(), item, reached, depth + 1);
                }
            }
            Value::Object(fields) => self.object(fields, reached, depth),
            _ => {}
        }
    }

    fn object(&mut self, fields: &mut Map<String, Value>, reached: &Reached, depth: usize) {
        redact_named_value(fields);
        for (name, field) in fields.iter_mut() {
            match secrecy_of(name) {
                Some(Secrecy::Secret(label)) => redact_secret(field, label),
                Some(Secrecy::Token) => redact_token(field),
                _ => {}
            }
            self.child(name, field, reached, depth + 1);
        }
        // The names of fields can contain secrets, too.
        if fields.keys().any(|name| !self.rules.spans(name, false).is_empty()) {
            let old = std::mem::take(fields);
            for (name, field) in old {
                fields.insert(self.rules.redacted(&name).into_owned(), field);
            }
        }
    }
}

/// Replaces the value of a secret field. An object in its place is the schema of the field.
fn redact_secret(value: &mut Value, label: &str) {
    match value {
        Value::String(text) if text.is_empty() || label::is_label(text) => {}
        Value::String(_) | Value::Number(_) => *value = label.into(),
        Value::Array(items) => items.iter_mut().for_each(|item| redact_secret(item, label)),
        _ => {}
    }
}

fn redact_token(value: &mut Value) {
    if value.as_str().is_some_and(looks_generated) {
        *value = label::TOKEN.into();
    }
}

/// Replaces the value of a header that is a list of a name and a value.
fn redact_header_pair(items: &mut [Value]) {
    if let [Value::String(name), value] = items
        && is_secret_header(name)
    {
        redact_secret(value, label::AUTHORIZATION);
    }
}

/// Replaces the value of an object with the fields `name` and `value`, such as a header.
fn redact_named_value(fields: &mut Map<String, Value>) {
    let name = ["name", "key"].into_iter().find_map(|field| fields.get(field)?.as_str());
    if let Some(Secrecy::Secret(label)) = name.and_then(secrecy_of)
        && let Some(value) = fields.get_mut("value")
    {
        redact_secret(value, label);
    }
}
