//! Excerpts of answers for error messages.

/// The number of characters in an excerpt.
pub(super) const EXCERPT: usize = 40;

/// The beginning of an answer that arrives in chunks.
#[derive(Clone, Debug, Default)]
pub(super) struct Beginning {
    /// At most one character more than an excerpt.
    text: String,
    length: usize,
}

impl Beginning {
    pub(super) fn push(&mut self, text: &str) {
        let missing = (EXCERPT + 1).saturating_sub(self.length);
        for c in text.chars().take(missing) {
            self.text.push(c);
            self.length += 1;
        }
    }

    /// Returns the end of a sentence about the answer.
    pub(super) fn describe(&self) -> String {
        if self.text.trim().is_empty() {
            "is empty".to_owned()
        } else {
            format!("begins with `{}`", head(&self.text))
        }
    }
}

/// Returns the start of a text: the first [`EXCERPT`] characters.
pub(super) fn head(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
