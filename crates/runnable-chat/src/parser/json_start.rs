//! Finds the start of the JSON in an answer.

use serde_json::Value;

/// Finds the start of the JSON: at the start of the answer, or at the start of a Markdown code
/// fence.
///
/// It accepts the same answers as LangChain's `parse_json_markdown`, with one exception. A number
/// or a word such as `true` counts as JSON only if nothing except a fence follows. Otherwise "3
/// apples" would be read as 3.
#[derive(Debug)]
pub(super) struct Lead {
    /// The current word, if JSON can still start at this position. `None` inside other text.
    word: Option<String>,
    /// The number of backticks directly before the next character.
    ticks: u8,
    /// A number or a word such as `true`, if no other text has followed it so far.
    scalar: Option<Value>,
}

/// What is known about the JSON after reading a character.
#[derive(Debug)]
pub(super) enum Found {
    /// The JSON has not started.
    Nothing,
    /// The character is the first character of the JSON.
    Json,
    /// The JSON is this value, and it ended before the character.
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

    /// Returns the value of a number or a word such as `true`, if the answer contains nothing else.
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

/// Returns `true` for the language tag of a code fence.
fn is_tag(word: &str) -> bool {
    word.eq_ignore_ascii_case("json")
}
