//! The parser that removes the thinking of a model from its answer.

use runnable_core::{Error, ErrorKind, Result};

use super::{
    super::read_text::sealed::Sealed,
    scanner::{Inside, Scanner, Tag},
};
use crate::parser::{IncrementalParser, ReadText};

/// The elements in which models write their thinking.
const NAMES: [&str; 4] = ["think", "thinking", "thought", "reasoning"];

/// Creates a parser that returns the text of an answer without the thinking in `<think>` tags.
///
/// The tags are `<think>`, `<thinking>`, `<thought>` and `<reasoning>`. They are removed with their
/// contents at the start of the answer, where models write them, together with the white space
/// after them. Later tags are text, so an answer can be about these tags. All other text is
/// unchanged.
///
/// A stream yields the text as it arrives, and nothing while the model thinks.
///
/// ```
/// use runnable_chat::{parser::without_thinking, prelude::*};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let answer = "<think>\n2 and 2…\n</think>\n\nFour.";
/// assert_eq!(without_thinking().invoke(answer).await?, "Four.");
/// # Ok(())
/// # }
/// ```
///
/// The result is text, so another parser of text can follow. To keep the thinking, use
/// [`thinking_to_reasoning`](super::thinking_to_reasoning). A provider that separates the
/// reasoning of its model returns it in [reasoning blocks](crate::message::ReasoningBlock), which
/// are not part of the text of an answer.
///
/// # Errors
///
/// The step returns [`ErrorKind::Parse`] if the answer ends while the model thinks.
pub fn without_thinking<I>() -> IncrementalParser<ThinkingReader, I> {
    IncrementalParser::new(ThinkingReader::new())
}

/// The reader of [`without_thinking`].
#[derive(Clone, Debug)]
pub struct ThinkingReader {
    scanner: Scanner,
    stage: Stage,
    anywhere: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// Before the first visible character of the answer.
    Before { has_thought: bool },
    /// In the answer.
    Answer,
}

impl<I> IncrementalParser<ThinkingReader, I> {
    /// Also removes thinking that is not at the start of the answer.
    pub fn anywhere(mut self) -> Self {
        self.reader.read_anywhere();
        self
    }

    /// Treats the start of the answer as thinking, up to the first end tag.
    ///
    /// Use it for models whose chat template already contains the start tag, so that the answer
    /// contains only the end tag.
    ///
    /// ```
    /// use runnable_chat::{parser::without_thinking, prelude::*};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let answer = "2 and 2…\n</think>\n\nFour.";
    /// assert_eq!(without_thinking().starts_thinking().invoke(answer).await?, "Four.");
    /// # Ok(())
    /// # }
    /// ```
    pub fn starts_thinking(mut self) -> Self {
        self.reader.start_thinking();
        self
    }
}

impl ThinkingReader {
    pub(super) fn new() -> Self {
        let names = NAMES.map(str::to_owned).into();
        Self {
            scanner: Scanner::new(names, Inside::Nothing),
            stage: Stage::Before { has_thought: false },
            anywhere: false,
        }
    }

    /// Also reads thinking that is not at the start of the answer.
    pub(super) fn read_anywhere(&mut self) {
        self.anywhere = true;
    }

    /// Reads the start of the answer as thinking.
    pub(super) fn start_thinking(&mut self) {
        self.scanner = Scanner::new(self.scanner.names().to_vec(), Inside::Any);
    }

    /// Reads the next part of the text. Calls `found` with the thinking and the text in it, in order.
    /// The end of each element is a line break in the thinking.
    pub(super) fn read(&mut self, text: &str, mut found: impl FnMut(Found<'_>)) {
        for (at, c) in text.char_indices() {
            if self.stage == Stage::Answer && !self.anywhere {
                // Tags in the answer are text, so the scanner is not needed any more.
                found(Found::Text(&self.scanner.finish()));
                found(Found::Text(&text[at..]));
                break;
            }
            let was_outside = self.scanner.inside() == Inside::Nothing;
            let tag = self.scanner.push(c);
            if tag.is_some() {
                let before = self.scanner.take_text();
                if !was_outside {
                    found(Found::Thinking(&before));
                    found(Found::Thinking("\n"));
                } else if self.stage == Stage::Answer {
                    found(Found::Text(&before));
                }
            }
            match tag {
                Some(Tag::End | Tag::Empty(_)) if self.stage != Stage::Answer => {
                    self.stage = Stage::Before { has_thought: true };
                }
                _ => {}
            }
            if was_outside && tag.is_none() && self.scanner.has_visible_text() {
                let text = self.scanner.take_text();
                self.pass_on(&text, &mut found);
            }
        }
        if self.scanner.inside() != Inside::Nothing {
            found(Found::Thinking(&self.scanner.take_text()));
        } else if self.stage == Stage::Answer {
            found(Found::Text(&self.scanner.take_text()));
        }
    }

    /// Reads the end of the text. Returns whether the answer ended inside its thinking.
    pub(super) fn read_end(mut self, mut found: impl FnMut(Found<'_>)) -> bool {
        let is_inside = self.scanner.inside() != Inside::Nothing;
        let text = self.scanner.finish();
        if is_inside {
            found(Found::Thinking(&text));
        } else {
            self.pass_on(&text, &mut found);
        }
        is_inside
    }

    /// Calls `found` with text from outside the tags.
    fn pass_on(&mut self, text: &str, found: &mut impl FnMut(Found<'_>)) {
        match self.stage {
            Stage::Answer => found(Found::Text(text)),
            Stage::Before { has_thought } => {
                found(Found::Text(if has_thought { text.trim_start() } else { text }));
                self.stage = Stage::Answer;
            }
        }
    }
}

/// A part of an answer.
pub(super) enum Found<'a> {
    /// A part of the thinking.
    Thinking(&'a str),
    /// A part of the text outside the tags.
    Text(&'a str),
}

impl Found<'_> {
    /// Adds text from outside the tags to the answer.
    fn add_to(self, answer: &mut String) {
        if let Self::Text(text) = self {
            answer.push_str(text);
        }
    }
}

impl Sealed for ThinkingReader {}

impl ReadText for ThinkingReader {
    type Chunk = String;

    fn run_name(&self) -> &'static str {
        "ThinkingOutputParser"
    }

    fn push(&mut self, text: &str) -> Result<Option<String>> {
        let mut answer = String::new();
        self.read(text, |found| found.add_to(&mut answer));
        Ok((!answer.is_empty()).then_some(answer))
    }

    fn finish(self) -> Result<Option<String>> {
        let mut answer = String::new();
        if self.read_end(|found| found.add_to(&mut answer)) {
            let message = "the model's answer ended inside its thinking; if the answer reached its \
                           token limit, raise `max_tokens`";
            return Err(Error::new(ErrorKind::Parse, message));
        }
        Ok((!answer.is_empty()).then_some(answer))
    }

    fn format_instructions(&self) -> String {
        "Write your thinking in <think> tags, and your answer after them.".to_owned()
    }
}
