//! Repairs JSON that is slightly invalid.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

use super::halves;

/// Parses JSON, and repairs it first if it is invalid.
///
/// If an object contains a key more than once, the last value that is not `null` is used.
///
/// ```
/// use runnable_http::lenient;
///
/// assert_eq!(lenient::value(r#"{"a": NaN}"#)?, serde_json::json!({"a": null}));
/// assert_eq!(lenient::value(r#"{"a": 1, "a": 2, "a": null}"#)?, serde_json::json!({"a": 2}));
/// assert!(lenient::value("{").is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// Returns the error of the original text if the repaired text is invalid as well.
pub fn value(json: &str) -> serde_json::Result<Value> {
    read(json).or_else(|error| {
        let repaired = repaired(json).and_then(|text| read(&text).ok());
        repaired.ok_or(error)
    })
}

/// Parses the JSON of an event in the same way as [`value`]. Also returns whether the JSON was
/// repaired, as [`repaired_event`] does.
///
/// ```
/// use runnable_http::lenient;
///
/// assert_eq!(lenient::event("{}")?, (serde_json::json!({}), false));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// Returns the error of the original text if the repaired text is invalid as well.
pub fn event(json: &str) -> serde_json::Result<(Value, bool)> {
    match read(json) {
        Ok(value) => Ok((value, false)),
        Err(error) => {
            let repaired = repaired_event(json).and_then(|text| read(&text).ok());
            repaired.map(|value| (value, true)).ok_or(error)
        }
    }
}

fn read(json: &str) -> serde_json::Result<Value> {
    serde_json::from_str(json).map(|RepeatedKeys(value)| value)
}

/// A JSON value. If an object repeats a key, the last value of the key is used, unless it is
/// `null`.
pub(crate) struct RepeatedKeys(pub(crate) Value);

impl<'de> Deserialize<'de> for RepeatedKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RepeatedKeysVisitor).map(Self)
    }
}

struct RepeatedKeysVisitor;

impl<'de> Visitor<'de> for RepeatedKeysVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(RepeatedKeys(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((key, RepeatedKeys(value))) = fields.next_entry::<String, RepeatedKeys>()? {
            if !value.is_null() || !object.contains_key(&key) {
                object.insert(key, value);
            }
        }
        Ok(object.into())
    }
}

/// Repairs JSON. Returns `None` if there is nothing to repair.
///
/// - Half of a surrogate pair becomes U+FFFD.
/// - `NaN`, `Infinity`, `None` and numbers that are out of range become `null`. `True` and `False`
///   become `true` and `false`.
/// - Control characters inside strings are escaped. A backslash that does not start a valid escape
///   becomes an escaped backslash.
///
/// ```
/// use runnable_http::lenient;
///
/// assert_eq!(lenient::repaired(r#"["\ude00", 1e999]"#).as_deref(), Some("[\"\u{fffd}\", null]"));
/// assert_eq!(lenient::repaired(r#"["\ud83d\ude00"]"#), None);
/// ```
pub fn repaired(json: &str) -> Option<String> {
    let repair = Repair::run(json, false);
    repair.changed.then_some(repair.out)
}

/// Repairs the JSON of one event of a stream, in the same way as [`repaired`].
///
/// Half of a surrogate pair at the start or end of a text may belong to a character that was split
/// between two events. Such a half is replaced by a marker, so that [`Halves`](super::Halves) can
/// join it.
///
/// ```
/// use runnable_http::lenient::{self, Halves};
/// use runnable_chat::{AiMessageChunk, message::BlockChunk};
/// use serde_json::Value;
///
/// # fn main() -> serde_json::Result<()> {
/// let mut halves = Halves::default();
/// let mut text = |event: &str| -> serde_json::Result<String> {
///     let event = lenient::repaired_event(event).unwrap_or_else(|| event.to_owned());
///     let event: Value = serde_json::from_str(&event)?;
///     let text = event["text"].as_str().unwrap_or_default();
///     let chunk = AiMessageChunk::from(BlockChunk::text(text).with_index(0));
///     Ok(halves.join(chunk).text().into_owned())
/// };
/// assert_eq!(text(r#"{"text": "a\ud83d"}"#)?, "a");
/// assert_eq!(text(r#"{"text": "\ude00b"}"#)?, "😀b");
/// # Ok(())
/// # }
/// ```
pub fn repaired_event(json: &str) -> Option<String> {
    let repair = Repair::run(json, true);
    // If the text contains marker characters itself, they could not be told apart from the markers
    // of halves.
    if repair.marks_are_taken { repaired(json) } else { repair.changed.then_some(repair.out) }
}

/// The fields whose text may continue in the next event.
const GROWING: [&str; 12] = [
    "content",
    "text",
    "delta",
    "reasoning_content",
    "reasoning",
    "refusal",
    "arguments",
    "partial_json",
    "thinking",
    "input",
    "summary",
    "transcript",
];

struct Repair<'a> {
    json: &'a str,
    /// Whether halves are replaced by markers, so that they can be joined later.
    marks: bool,
    marks_are_taken: bool,
    out: String,
    /// The position up to which the text was copied to `out`.
    copied: usize,
    at: usize,
    changed: bool,
    /// The key of the value that is being processed.
    key: &'a str,
}

impl<'a> Repair<'a> {
    fn run(json: &'a str, marks: bool) -> Self {
        let mut repair = Self {
            json,
            marks,
            marks_are_taken: json.chars().any(halves::is_mark),
            out: String::with_capacity(json.len()),
            copied: 0,
            at: 0,
            changed: false,
            key: "",
        };
        while let Some(byte) = repair.byte() {
            match byte {
                b'"' => repair.string(),
                b'-' | b'+' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => repair.word(),
                _ => repair.at += 1,
            }
        }
        repair.out.push_str(&json[repair.copied..]);
        repair
    }

    fn byte(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }

    /// Replaces the text between `start` and the current position.
    fn replace(&mut self, start: usize, with: &str) {
        self.out.push_str(&self.json[self.copied..start]);
        self.out.push_str(with);
        (self.copied, self.changed) = (self.at, true);
    }

    fn replace_by(&mut self, start: usize, with: char) {
        self.replace(start, with.encode_utf8(&mut [0; 4]));
    }

    /// Processes a number or a word such as `null`.
    fn word(&mut self) {
        let start = self.at;
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte);
        while self.byte().is_some_and(is_part) {
            self.at += 1;
        }
        let word = &self.json[start..self.at];
        match word.trim_start_matches(['-', '+']) {
            "NaN" | "nan" | "Infinity" | "inf" | "None" | "undefined" => {
                self.replace(start, "null");
            }
            "True" => self.replace(start, "true"),
            "False" => self.replace(start, "false"),
            _ if word.parse::<f64>().is_ok_and(f64::is_infinite) => self.replace(start, "null"),
            _ => (),
        }
    }

    fn string(&mut self) {
        self.at += 1;
        let start = self.at;
        while let Some(byte) = self.byte() {
            match byte {
                b'"' => break,
                b'\\' => self.escape(start),
                ..b' ' => {
                    self.at += 1;
                    self.replace(self.at - 1, &format!("\\u{byte:04x}"));
                }
                _ => self.at += 1,
            }
        }
        let text = &self.json[start..self.at];
        self.at = (self.at + 1).min(self.json.len());
        if self.json[self.at..].trim_start().starts_with(':') {
            self.key = text;
        }
    }

    /// Processes an escape in the string that starts at `start`.
    fn escape(&mut self, start: usize) {
        let escape = self.at;
        self.at += 1;
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => match self.unit(escape) {
                Some(unit @ 0xd800..0xdc00) => self.high_half(unit, escape),
                Some(unit @ 0xdc00..0xe000) => {
                    self.at += 5;
                    self.half(unit, escape, escape == start);
                }
                Some(_) => self.at += 5,
                None => self.replace(escape, "\\\\"),
            },
            // A backslash that does not start a valid escape is a literal backslash.
            Some(_) => self.replace(escape, "\\\\"),
            None => (),
        }
    }

    /// Processes the escape of a first half. If the second half does not follow, the first half
    /// stands alone.
    fn high_half(&mut self, unit: u16, escape: usize) {
        self.at += 5;
        match self.unit(self.at) {
            Some(0xdc00..0xe000) => {
                self.marks_are_taken |= halves::is_mark_high(unit);
                self.at += 6;
            }
            _ => self.half(unit, escape, self.byte() == Some(b'"')),
        }
    }

    fn half(&mut self, unit: u16, escape: usize, at_an_end: bool) {
        let is_marked = self.marks && at_an_end && GROWING.contains(&self.key);
        let half = if is_marked { halves::mark(unit) } else { char::REPLACEMENT_CHARACTER };
        self.replace_by(escape, half);
    }

    /// Returns the UTF-16 unit of an escape `\u1234` at this position, if there is one.
    fn unit(&self, at: usize) -> Option<u16> {
        let digits = self.json.get(at..at + 6)?.strip_prefix("\\u")?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn valid_json_is_not_changed() {
        for json in [
            r#"{"a": "\\ud83d \"\\", "b": [-1.5e3, true, null], "\u00e9": "\ud83d\ude00"}"#,
            r#""\/\b\f\n\r\t""#,
            "{\"a\": \"é😀\"}",
            "",
            "{",
            "\"a\\",
            "\"\\u12",
        ] {
            let is_json = serde_json::from_str::<Value>(json).is_ok();
            assert!(!is_json || repaired(json).is_none(), "{json}");
        }
    }

    #[test]
    fn slightly_invalid_json_is_repaired() {
        for (json, expected) in [
            (r#"{"a": "x\ud83d"}"#, json!({"a": "x\u{fffd}"})),
            (r#"{"a": "\ud83d\ud83d\ude00"}"#, json!({"a": "\u{fffd}😀"})),
            (r#"{"\udc00": 1}"#, json!({"\u{fffd}": 1})),
            (r#"{"a": NaN, "b": [-Infinity, 1e999]}"#, json!({"a": null, "b": [null, null]})),
            (r#"{"a": True, "b": None}"#, json!({"a": true, "b": null})),
            ("{\"a\": \"b\nc\"}", json!({"a": "b\nc"})),
            (r#"{"a": "\d \u12g"}"#, json!({"a": "\\d \\u12g"})),
            (r#"{"a": 1, "a": 2}"#, json!({"a": 2})),
            (r#"{"a": 1, "a": null}"#, json!({"a": 1})),
        ] {
            assert_eq!(value(json).unwrap(), expected, "{json}");
        }
    }
}
