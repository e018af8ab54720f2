//! The text of an element, without the white space around it.

use std::mem;

/// Removes the white space around a text that arrives in chunks.
#[derive(Clone, Debug, Default)]
pub(super) struct ElementText {
    /// Whether text that is not white space has been read.
    has_started: bool,
    /// White space that belongs to the text only if more text follows.
    held: String,
}

impl ElementText {
    /// Reads the next part of the text. Returns the part of the trimmed text that is known now.
    pub(super) fn push(&mut self, text: &str) -> String {
        let text = if self.has_started { text } else { text.trim_start() };
        let visible = text.trim_end();
        if visible.is_empty() {
            if self.has_started {
                self.held.push_str(text);
            }
            return String::new();
        }
        self.has_started = true;
        let mut known = mem::take(&mut self.held);
        known.push_str(visible);
        self.held.push_str(&text[visible.len()..]);
        known
    }
}
