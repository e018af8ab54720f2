//! [`Attributes`]: a list of attributes under construction.

use std::borrow::Cow;

use opentelemetry::{Array, Key, KeyValue, StringValue, Value};
use runnable_events::Redaction;

/// A list of attributes under construction. Every text passes through the redaction.
#[derive(Debug)]
pub(crate) struct Attributes<'r> {
    redaction: &'r Redaction,
    list: Vec<KeyValue>,
}

impl<'r> Attributes<'r> {
    pub(crate) fn new(redaction: &'r Redaction) -> Self {
        Self { redaction, list: Vec::new() }
    }

    pub(crate) fn redaction(&self) -> &'r Redaction {
        self.redaction
    }

    /// Adds a value that needs no redaction: a number, a constant, or a text that was redacted.
    pub(crate) fn add(&mut self, name: impl Into<Key>, value: impl Into<Value>) {
        self.list.push(KeyValue::new(name, value));
    }

    pub(crate) fn add_text(&mut self, name: &'static str, text: &str) {
        self.add(name, self.redaction.text(text).into_owned());
    }

    /// Adds a text, unless it is missing.
    pub(crate) fn add_known(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.add_text(name, text);
        }
    }

    /// Adds a name, which is usually a constant and then needs no allocation.
    pub(crate) fn add_name(&mut self, name: &'static str, value: Cow<'static, str>) {
        self.add(name, redacted_name(self.redaction, value));
    }

    /// Adds a list of names, unless it is empty.
    pub(crate) fn add_names(
        &mut self,
        name: &'static str,
        names: impl IntoIterator<Item = Cow<'static, str>>,
    ) {
        let redacted = |name| StringValue::from(redacted_name(self.redaction, name));
        let names: Vec<_> = names.into_iter().map(redacted).collect();
        if !names.is_empty() {
            self.add(name, Value::Array(Array::String(names)));
        }
    }

    pub(crate) fn add_count(&mut self, name: &'static str, count: u64) {
        self.add(name, integer(count));
    }

    /// Adds a count, unless it is 0. The count 0 means that the number is unknown or does not
    /// apply.
    pub(crate) fn add_positive(&mut self, name: &'static str, count: u64) {
        if count > 0 {
            self.add_count(name, count);
        }
    }

    pub(crate) fn into_vec(self) -> Vec<KeyValue> {
        self.list
    }
}

/// Returns a name without secrets. A constant stays a constant.
pub(crate) fn redacted_name(redaction: &Redaction, name: Cow<'static, str>) -> Cow<'static, str> {
    let redacted = match redaction.text(&name) {
        Cow::Borrowed(_) => None,
        Cow::Owned(redacted) => Some(redacted),
    };
    redacted.map_or(name, Cow::Owned)
}

/// Returns a count as OpenTelemetry's integer type. A larger count becomes the maximum.
fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
