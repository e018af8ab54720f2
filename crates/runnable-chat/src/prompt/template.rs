//! A prompt with holes.

use std::{borrow::Cow, sync::Arc};

use runnable_core::{Args, Context, Error, ErrorKind, Result, Runnable, StepInfo};
use serde_json::Value;

use super::{
    Prompt,
    hole::{Piece, pieces},
};
use crate::{Message, kind::PROMPT};

/// Makes a step that fills a template: text, or messages, with holes like `{topic}`.
///
/// A brace that is none is written twice. Values that are not text are written as JSON.
///
/// ```
/// use runnable_chat::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let haiku = prompt([system("You write {form}."), human("About {topic}, please.")]);
///
/// let filled = haiku.invoke(args! { form: "haiku", topic: "rain" }).await?;
/// assert_eq!(filled.messages[1], human("About rain, please."));
///
/// let error = haiku.invoke(args! { form: "haiku" }).await.unwrap_err();
/// assert_eq!(
///     error.message(),
///     "prompt template ChatPromptTemplate has a hole `{topic}` in its message 2 (user), and no \
///      value for it; there are values for `form`",
/// );
/// # Ok(())
/// # }
/// ```
pub fn prompt(template: impl Into<Prompt>) -> PromptTemplate {
    PromptTemplate {
        name: Cow::Borrowed("ChatPromptTemplate"),
        template: Arc::new(template.into()),
    }
}

/// A prompt with holes: a step from [`Args`] to a [`Prompt`]. Made by [`prompt`].
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] when a hole has no value, and names both, or when the template
/// cannot be read; [`check`](Self::check) tells the latter beforehand.
#[derive(Clone, Debug)]
#[must_use = "a template does nothing until it is run"]
pub struct PromptTemplate {
    name: Cow<'static, str>,
    template: Arc<Prompt>,
}

impl PromptTemplate {
    /// Gives the template a name, for its runs and its errors.
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// The names of the holes, in their order, each once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] when the template cannot be read.
    pub fn holes(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for (number, message) in (1..).zip(&self.template.messages) {
            for words in message.words() {
                for piece in self.read(number, message, words)? {
                    match piece {
                        Piece::Hole(name) if !names.contains(&name) => names.push(name),
                        _ => (),
                    }
                }
            }
        }
        Ok(names)
    }

    /// This template, if it can be read.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] with what is wrong, where, and what to write instead.
    pub fn check(self) -> Result<Self> {
        self.holes().map(|_| self)
    }

    fn read(&self, number: usize, message: &Message, words: &str) -> Result<Vec<Piece>> {
        pieces(words).map_err(|wrong| {
            let (name, role) = (&self.name, message.role());
            let wrong = format!("prompt template {name}, message {number} ({role}): {wrong}");
            Error::new(ErrorKind::InvalidInput, wrong)
        })
    }

    fn fill(&self, number: usize, message: &Message, values: &Args) -> Result<Message> {
        message.clone().try_map_words(|words| {
            let mut filled = String::new();
            for piece in self.read(number, message, words)? {
                match piece {
                    Piece::Literal(literal) => filled.push_str(&literal),
                    Piece::Hole(hole) => match values.get(&hole) {
                        Some(Value::String(value)) => filled.push_str(value),
                        Some(value) => filled.push_str(&value.to_string()),
                        None => return Err(self.no_value(number, message, &hole, values)),
                    },
                }
            }
            Ok(filled)
        })
    }

    fn no_value(&self, number: usize, message: &Message, hole: &str, values: &Args) -> Error {
        let (name, role) = (&self.name, message.role());
        let given: Vec<_> = values.names().map(|name| format!("`{name}`")).collect();
        let given = match given.is_empty() {
            true => "there are no values at all".to_owned(),
            false => format!("there are values for {}", given.join(", ")),
        };
        Error::new(
            ErrorKind::InvalidInput,
            format!(
                "prompt template {name} has a hole `{{{hole}}}` in its message {number} ({role}), \
                 and no value for it; {given}"
            ),
        )
    }
}

impl Runnable for PromptTemplate {
    type Input = Args;
    type Output = Prompt;

    async fn run(&self, values: Args, _: Context) -> Result<Prompt> {
        let messages = (1..).zip(&self.template.messages);
        let filled = messages.map(|(number, message)| self.fill(number, message, &values));
        Ok(Prompt { messages: filled.collect::<Result<_>>()? })
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(self.name.clone()).kind(PROMPT).without_chunk_events()
    }
}
