//! [`Preview`]: the beginning of a value, as text on one line.

use std::io;

use serde_json::Value;

use super::{
    messages::{content_text, messages_of, tool_calls_of},
    one_line::{beginning, one_line},
};
use crate::trace::json_of;

/// The number of bytes of JSON that a preview reads. It is more than a line of a terminal contains.
const BYTES: usize = 4096;

/// The number of characters that a preview keeps.
const CHARACTERS: usize = 1000;

/// The beginning of a value, as text on one line.
#[derive(Clone, Debug)]
pub(crate) struct Preview {
    /// The text, shortened to [`CHARACTERS`].
    pub(crate) text: String,
    /// A hash of the complete value, to recognize the same value.
    digest: u64,
}

impl Preview {
    pub(crate) fn new(value: &Value) -> Self {
        Self { text: preview(value, CHARACTERS), digest: json_of(value).hash }
    }

    /// Returns whether both are previews of the same value.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.digest == other.digest && self.text == other.text
    }
}

/// Returns the beginning of a value as text on one line.
///
/// A message is shown as its role and its text: `ai: Hello`. Of several messages, the last is
/// shown, after their number. All other values are shown as JSON.
pub(crate) fn preview(value: &Value, characters: usize) -> String {
    let text = match messages_of(value) {
        Some([message]) => message_text(message),
        Some([before @ .., last]) => {
            format!("({} messages) {}", before.len().saturating_add(1), message_text(last))
        }
        _ => json_beginning(value),
    };
    beginning(&one_line(&text), characters)
}

/// Returns the role of a message, its text, and its tool calls.
fn message_text(message: &Value) -> String {
    let role = message.get("type").and_then(Value::as_str).unwrap_or_default();
    let mut parts = vec![content_text(message)];
    parts.extend(tool_calls_of(message).map(|(name, arguments)| {
        format!("{name}({})", arguments.map(json_beginning).unwrap_or_default())
    }));
    parts.retain(|part| !part.is_empty());
    format!("{role}: {}", parts.join(" "))
}

/// Returns the first bytes of the JSON of a value. Large values are not serialized completely.
fn json_beginning(value: &Value) -> String {
    let mut start = Start(Vec::new());
    let is_cut = serde_json::to_writer(&mut start, value).is_err();
    let text = String::from_utf8_lossy(&start.0);
    // The last character can be cut.
    let text = text.trim_end_matches('\u{fffd}');
    if is_cut { format!("{text}…") } else { text.to_owned() }
}

/// Keeps the first bytes, and then fails, so that the serializer stops.
struct Start(Vec<u8>);

impl io::Write for Start {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = BYTES.saturating_sub(self.0.len());
        if room == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::WriteZero.into());
        }
        let fits = bytes.get(..room).unwrap_or(bytes);
        self.0.extend_from_slice(fits);
        Ok(fits.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn messages_are_shown_by_role_and_text() {
        let ai = json!({ "type": "ai", "content": "Hello\nyou" });
        assert_eq!(preview(&ai, 99), "ai: Hello you");
        let call = json!({ "type": "ai", "content": "", "tool_calls": [
            { "name": "add", "args": { "a": 1 }, "id": "1" },
        ] });
        assert_eq!(preview(&call, 99), r#"ai: add({"a":1})"#);
        let system = json!({ "type": "system", "content": "Be terse." });
        let image = json!({ "type": "human", "content": [
            { "type": "text", "text": "What is this?" },
            { "type": "image", "base64": "aGk=" },
        ] });
        let prompt = json!({ "messages": [system, image] });
        assert_eq!(preview(&prompt, 99), "(2 messages) human: What is this? [image]");
        assert_eq!(preview(&json!([ai]), 99), "ai: Hello you");
    }

    #[test]
    fn other_values_are_shown_as_json() {
        assert_eq!(preview(&json!("a\nb"), 99), r#""a\nb""#);
        assert_eq!(preview(&json!([]), 99), "[]");
        assert_eq!(preview(&json!({ "type": "ai" }), 99), r#"{"type":"ai"}"#);
        assert_eq!(preview(&json!({ "a": 12345 }), 5), r#"{"a":…"#);
    }

    #[test]
    fn large_values_are_cut_between_characters() {
        let text = preview(&json!("ä".repeat(BYTES)), usize::MAX);
        assert_eq!(text, format!("\"{}…", "ä".repeat(BYTES / 2 - 1)));
        let preview = Preview::new(&json!("ä".repeat(BYTES)));
        assert_eq!(preview.text.chars().count(), CHARACTERS + 1);
        let longer = Preview::new(&json!("ä".repeat(BYTES + 1)));
        assert!(preview.text == longer.text && !preview.is_same(&longer));
    }
}
