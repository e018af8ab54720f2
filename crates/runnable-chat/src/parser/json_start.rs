//! What stands before the JSON in an answer.

use serde_json::Value;

/// Finds where the JSON begins: at the first letter, or after a Markdown fence.
///
/// The tolerance is that of LangChain's `parse_json_markdown`, but for this: a number or a word
/// such as `true` is the answer only if nothing but a fence follows, or “3 apples” would be 3.
#[derive(Debug)]
pub(super) struct Lead {
    /// Of the text that may still be JSON, the word that is being read. In prose, none.
    word: Option<String>,
    /// How many backticks came right before.
    ticks: u8,
    /// A number, or a word such as `true`, that nothing came after so far.
    scalar: Option<Value>,
}

/// What comes of a character.
#[derive(Debug)]
pub(super) enum Found {
    /// Nothing so far.
    Nothing,
    /// It is the first one of the JSON.
    Json,
    /// The JSON was this value, and ended before it.
    Scalar(Value),
}

impl Lead {
    pub(super) fn new() -> Self {
        Self { word: Some(String::new()), ticks: 0, scalar: None }
    }

    pub(super) fn push(&mut self, c: char) -> Found {
        if c == '`' {
            self.end_word();
            self.ticks = self.ticks.saturating_add(1);
            if self.ticks == 3 {
                if let Some(scalar) = self.scalar.take() {
                    return Found::Scalar(scalar);
                }
                self.word = Some(String::new());
            }
            return Found::Nothing;
        }
        self.ticks = 0;
        if c.is_whitespace() {
            self.end_word();
            return Found::Nothing;
        }
        let begins = self.word.as_deref().is_some_and(|word| word.is_empty() || is_tag(word));
        if begins && matches!(c, '{' | '[' | '"') {
            return Found::Json;
        }
        self.scalar = None;
        if let Some(word) = &mut self.word {
            word.push(c);
        }
        Found::Nothing
    }

    /// The value, if the text that came is nothing but that.
    pub(super) fn finish(mut self) -> Option<Value> {
        self.end_word();
        self.scalar
    }

    fn end_word(&mut self) {
        match &mut self.word {
            Some(word) if is_tag(word) => word.clear(),
            Some(word) if !word.is_empty() => {
                self.scalar = word.parse().ok();
                self.word = None;
            }
            _ => (),
        }
    }
}

/// A fence may say of what language it is.
fn is_tag(word: &str) -> bool {
    word.eq_ignore_ascii_case("json")
}
