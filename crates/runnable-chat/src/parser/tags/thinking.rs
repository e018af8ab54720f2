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
/// The result is text, so another parser of text can follow. A provider that separates the
/// reasoning of its model returns it in [reasoning blocks](crate::message::ReasoningBlock), which
/// are not part of the text of an answer.
///
/// # Errors
///
/// The step returns [`ErrorKind::Parse`] if the answer ends while the model thinks.
pub fn without_thinking<I>() -> IncrementalParser<ThinkingReader, I> {
    let names = NAMES.map(str::to_owned).into();
    IncrementalParser::new(ThinkingReader {
        scanner: Scanner::new(names, Inside::Nothing),
        stage: Stage::Before { has_thought: false },
        anywhere: false,
    })
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
        self.reader.anywhere = true;
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
        self.reader.scanner = Scanner::new(self.reader.scanner.names().to_vec(), Inside::Any);
        self
    }
}

impl ThinkingReader {
    /// Adds text from outside the tags to the output.
    fn pass_on(&mut self, text: &str, answer: &mut String) {
        match self.stage {
            Stage::Answer => answer.push_str(text),
            Stage::Before { has_thought } => {
                answer.push_str(if has_thought { text.trim_start() } else { text });
                self.stage = Stage::Answer;
            }
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
        for (at, c) in text.char_indices() {
            if self.stage == Stage::Answer && !self.anywhere {
                // Tags in the answer are text, so the scanner is not needed any more.
                answer.push_str(&self.scanner.finish());
                answer.push_str(&text[at..]);
                break;
            }
            let was_outside = self.scanner.inside() == Inside::Nothing;
            let tag = self.scanner.push(c);
            if tag.is_some() {
                let before = self.scanner.take_text();
                if was_outside && self.stage == Stage::Answer {
                    answer.push_str(&before);
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
                self.pass_on(&text, &mut answer);
            }
        }
        if self.scanner.inside() != Inside::Nothing {
            // The text is thinking.
            self.scanner.take_text();
        } else if self.stage == Stage::Answer {
            answer.push_str(&self.scanner.take_text());
        }
        Ok((!answer.is_empty()).then_some(answer))
    }

    fn finish(mut self) -> Result<Option<String>> {
        if self.scanner.inside() != Inside::Nothing {
            let message = "the model's answer ended inside its thinking; if the answer reached its \
                           token limit, raise `max_tokens`";
            return Err(Error::new(ErrorKind::Parse, message));
        }
        let mut answer = String::new();
        let text = self.scanner.finish();
        self.pass_on(&text, &mut answer);
        Ok((!answer.is_empty()).then_some(answer))
    }

    fn format_instructions(&self) -> String {
        "Write your thinking in <think> tags, and your answer after them.".to_owned()
    }
}
