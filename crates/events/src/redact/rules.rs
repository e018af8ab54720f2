//! [`Rules`]: what a redaction looks for.

use std::{
    borrow::Cow,
    ops::Range,
    panic::{self, AssertUnwindSafe},
};

use serde_json::Value;

use super::{
    content::Content,
    field_path::FieldPath,
    label,
    scan::{KnownSecret, Span, Text, joined, replaced, scan, scan_media},
};

/// A custom function that finds secrets in a text.
pub(super) type FindSecrets = Box<dyn Fn(&str) -> Vec<Range<usize>> + Send + Sync>;

/// A custom function that changes values.
pub(super) type EditValue = Box<dyn Fn(&str, &mut Value) + Send + Sync>;

/// What a redaction looks for.
#[derive(Default)]
pub(super) struct Rules {
    pub(super) content: Content,
    pub(super) keeps_media: bool,
    pub(super) known: Vec<KnownSecret>,
    /// Functions that find secrets, each with the text that replaces them.
    pub(super) patterns: Vec<(String, FindSecrets)>,
    pub(super) fields: Vec<FieldPath>,
    pub(super) edits: Vec<EditValue>,
}

impl Rules {
    /// Returns whether there are rules for fields.
    pub(super) fn has_paths(&self) -> bool {
        !self.fields.is_empty() || !self.edits.is_empty()
    }

    /// Returns the text without its secrets.
    pub(super) fn redacted<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let spans = self.spans(text, false);
        if spans.is_empty() {
            return Cow::Borrowed(text);
        }
        Cow::Owned(replaced(text, 0, &spans))
    }

    /// Returns the secrets in a text, in order. `is_open` is whether the text continues later.
    pub(super) fn spans(&self, text: &str, is_open: bool) -> Vec<Span> {
        let mut spans = Vec::new();
        let scanned = Text::new(text);
        for secret in &self.known {
            secret.scan(&scanned, is_open, &mut spans);
        }
        scan(&scanned, is_open, &mut spans);
        if !self.keeps_media {
            scan_media(&scanned, &mut spans);
        }
        for (label, find) in &self.patterns {
            add_ranges(text, label, find, &mut spans);
        }
        if spans.is_empty() { spans } else { joined(spans) }
    }

    /// Calls the custom functions that change a value. If a function panics, the value is removed,
    /// because the function could not remove the secrets in it.
    pub(super) fn edit(&self, path: &str, value: &mut Value) {
        for edit in &self.edits {
            let call = AssertUnwindSafe(|| edit(path, value));
            if panic::catch_unwind(call).is_err() {
                *value = label::PANICKED.into();
            }
        }
    }
}

/// Adds the ranges that a custom function finds. If the function panics, the whole text is removed.
fn add_ranges(text: &str, label: &str, find: &FindSecrets, spans: &mut Vec<Span>) {
    match panic::catch_unwind(AssertUnwindSafe(|| find(text))) {
        Ok(ranges) => {
            for range in ranges {
                let (mut start, mut end) = (range.start, range.end.min(text.len()));
                while start > 0 && start <= end && !text.is_char_boundary(start) {
                    start -= 1;
                }
                while !text.is_char_boundary(end) {
                    end += 1;
                }
                if start < end {
                    spans.push(Span::new(start, end, label.to_owned()));
                }
            }
        }
        Err(_) if text.is_empty() => {}
        Err(_) => spans.push(Span::new(0, text.len(), label::PANICKED)),
    }
}
