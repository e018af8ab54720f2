//! [`Content`]: how much of the values of a call is kept.

use serde_json::{Map, Value};

use super::scan::summary;

/// How much of the inputs, outputs and chunks of runs, of the data of custom events and reports,
/// and of the messages of errors is kept.
///
/// Token counts, finish reasons and the name of the model are always kept, so that a trace can show
/// usage and cost. The names, tags and metadata of runs are not content.
///
/// ```
/// use runnable_events::{Content, Redaction};
/// use serde_json::json;
///
/// let redaction = Redaction::builder().content(Content::Truncated(5)).build();
/// let mut value = json!({ "question": "why is the sky blue?" });
/// redaction.value("input", &mut value);
/// assert_eq!(value, json!({ "question": "why i… [15 more characters]" }));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// No content is kept.
    None,
    /// Each text and each number is replaced by its size and its hash, so that equal values can be
    /// recognised. The structure of values and the names of their fields are kept.
    ///
    /// The hash is the start of the SHA-256 of the text. A short value, such as a year, can be
    /// found by hashing all possible values.
    SizesAndHashes,
    /// Each text is cut to this number of characters.
    Truncated(usize),
    /// All content is kept.
    #[default]
    Full,
}

/// The fields that are always kept, with the numbers and the short words in them.
const KEPT: [&str; 6] =
    ["finish_reason", "model_name", "model_provider", "role", "type", "usage_metadata"];

/// The longest word that is kept in these fields.
const LONGEST_WORD: usize = 64;

/// The text that replaces a text if no content is kept.
pub(super) const NOT_KEPT: &str = "[not recorded]";

impl Content {
    /// Reduces an optional value. Sets it to `None` if no content is kept.
    pub(super) fn apply_to_optional(self, value: &mut Option<Value>) {
        if self == Self::None {
            *value = value.take().and_then(only_kept);
        } else if let Some(value) = value {
            self.apply(value);
        }
    }

    /// Reduces a value. Sets it to `null` if no content is kept.
    pub(super) fn apply(self, value: &mut Value) {
        match self {
            Self::Full => {}
            Self::None => *value = only_kept(value.take()).unwrap_or_default(),
            Self::SizesAndHashes | Self::Truncated(_) => self.reduce(value),
        }
    }

    /// Reduces a text that cannot be missing.
    pub(super) fn apply_to_text(self, text: &mut String) {
        match self {
            Self::None => NOT_KEPT.clone_into(text),
            Self::SizesAndHashes => *text = hashed(text),
            Self::Truncated(length) => truncate(text, length),
            Self::Full => {}
        }
    }

    fn reduce(self, value: &mut Value) {
        match value {
            Value::String(text) => self.apply_to_text(text),
            Value::Number(number) if self == Self::SizesAndHashes => {
                *value = Value::String(hashed(&number.to_string()));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.reduce(item)),
            Value::Object(fields) => {
                for (name, field) in fields {
                    if !is_kept(name) || !is_harmless(field) {
                        self.reduce(field);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Returns the part of a value that is always kept.
fn only_kept(value: Value) -> Option<Value> {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter_map(|(name, value)| {
                let is_kept = is_kept(&name) && is_harmless(&value);
                let value = if is_kept { Some(value) } else { only_kept(value) };
                Some((name, value?))
            });
            let kept: Map<_, _> = kept.collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        Value::Array(items) => {
            let kept: Vec<_> = items.into_iter().filter_map(only_kept).collect();
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        _ => None,
    }
}

fn is_kept(name: &str) -> bool {
    KEPT.contains(&name)
}

/// Returns whether a value contains only numbers and short words.
fn is_harmless(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            text.len() <= LONGEST_WORD && !text.contains(|c: char| c.is_whitespace())
        }
        Value::Array(items) => items.iter().all(is_harmless),
        Value::Object(fields) => fields.values().all(is_harmless),
        _ => true,
    }
}

fn hashed(text: &str) -> String {
    format!("[{}]", summary(text.bytes()))
}

fn truncate(text: &mut String, length: usize) {
    if let Some((end, _)) = text.char_indices().nth(length) {
        let more = text.get(end..).unwrap_or_default().chars().count();
        text.truncate(end);
        let unit = if more == 1 { "character" } else { "characters" };
        text.push_str(&format!("… [{more} more {unit}]"));
    }
}
