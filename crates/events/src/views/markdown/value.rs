//! An input or an output as a block of code.

use serde_json::Value;

use super::code::block;
use crate::text::{content_text, messages_of, printable, tool_calls_of};

/// A value as text that is not yet cut.
pub(super) struct ValueText {
    language: &'static str,
    text: String,
    /// The length of the text in characters.
    pub(super) characters: usize,
}

impl ValueText {
    /// Texts and messages are shown as text, and all other values as JSON.
    pub(super) fn new(value: &Value) -> Self {
        let (language, text) = match value {
            Value::String(text) => ("text", text.clone()),
            _ => match messages_of(value) {
                Some(messages) => {
                    ("text", messages.iter().map(message).collect::<Vec<_>>().join("\n\n"))
                }
                None => ("json", serde_json::to_string_pretty(value).unwrap_or_default()),
            },
        };
        let text = printable(&text);
        let characters = text.chars().count();
        Self { language, text, characters }
    }

    /// Returns the text as a block of code, cut to a number of characters.
    pub(super) fn block(&self, characters: usize) -> String {
        block(self.language, &cut(&self.text, characters))
    }
}

/// Returns the largest number of characters to which texts of these lengths can be cut, so that
/// they have at most `room` characters together. Short texts leave their share to longer texts.
pub(super) fn fair_cut(lengths: impl IntoIterator<Item = usize>, room: usize) -> usize {
    let mut lengths: Vec<usize> = lengths.into_iter().collect();
    lengths.sort_unstable();
    let mut room = room;
    let count = lengths.len();
    for (index, length) in lengths.into_iter().enumerate() {
        let share = room / (count - index);
        if length > share {
            return share;
        }
        room -= length;
    }
    usize::MAX
}

/// Returns the beginning and the end of a text that is longer than `characters`, because the end of
/// a prompt is often the question.
fn cut(text: &str, characters: usize) -> String {
    let count = text.chars().count();
    if count <= characters {
        return text.to_owned();
    }
    let head = characters / 3 * 2;
    let tail = characters - head;
    let head_end = text.char_indices().nth(head).map_or(text.len(), |(at, _)| at);
    let tail_start = text.char_indices().nth(count - tail).map_or(text.len(), |(at, _)| at);
    let (head, tail) = (text.get(..head_end), text.get(tail_start..));
    let left_out = count - characters;
    format!(
        "{}\n[… {left_out} characters are left out …]\n{}",
        head.unwrap_or_default(),
        tail.unwrap_or_default()
    )
}

fn message(message: &Value) -> String {
    let role = message.get("type").and_then(Value::as_str).unwrap_or_default();
    let mut lines = vec![format!("[{role}]"), content_text(message)];
    lines.extend(tool_calls_of(message).map(|(name, arguments)| {
        format!("[tool call] {name}({})", arguments.map(Value::to_string).unwrap_or_default())
    }));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_leave_their_share_to_longer_texts() {
        assert_eq!(fair_cut([1, 2, 3], 6), usize::MAX);
        assert_eq!(fair_cut([100, 10, 100], 110), 50);
        assert_eq!(fair_cut([100, 100], 20), 10);
        assert_eq!(fair_cut([], 0), usize::MAX);
    }

    #[test]
    fn the_beginning_and_the_end_of_a_text_are_kept() {
        assert_eq!(cut("äbcdef", 6), "äbcdef");
        assert_eq!(cut("äbcdef", 3), "äb\n[… 3 characters are left out …]\nf");
    }
}
