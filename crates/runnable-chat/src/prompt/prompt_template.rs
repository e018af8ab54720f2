//! A prompt with holes.

use std::{borrow::Cow, sync::Arc};

use runnable_core::{Dict, Error, ErrorKind, Result, RunContext, Runnable, StepInfo};
use serde_json::Value;

use super::{
    MessageTemplate, MessagesPlaceholder, PromptValue, Template, TemplatePart,
    pieces::{Piece, pieces},
};
use crate::{Message, from_json::from_json, run_kind::PROMPT};

/// Creates a step that makes a [`PromptValue`] of named values.
///
/// Text is the template of one message of the user: `{topic}` in it is a variable. A list or a tuple
/// has more messages. In it, [`human_template`](super::human_template), `system_template` and
/// `ai_template` have variables; [`human`](crate::human), `system`, `ai` and every other message
/// stand as they are. A value that is a list of messages has its place by
/// [`messages_placeholder`](super::messages_placeholder).
///
/// A brace that belongs to the text of a template is written twice. Values that are not text are
/// written as JSON. Nothing in a value is a variable, so text that a user wrote is safe as a value or
/// as a message, and unsafe as a part of a template: not `prompt(format!("Hi, I am {user}"))`, but
/// `prompt("Hi, I am {user}")`.
///
/// ```
/// use runnable_chat::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let haiku = prompt([
///     system_template("You write {form}."),
///     human_template("About {topic}, please."),
/// ]);
///
/// let filled = haiku.invoke(dict! { form: "haiku", topic: "rain" }).await?;
/// assert_eq!(filled.messages[1], human("About rain, please."));
///
/// let error = haiku.invoke(dict! { form: "haiku" }).await.unwrap_err();
/// assert_eq!(
///     error.message(),
///     "prompt template ChatPromptTemplate has a hole `{topic}` in its message 2 (user), and no \
///      value for it; there are values for `form`",
/// );
/// # Ok(())
/// # }
/// ```
#[doc(alias("ChatPromptTemplate", "from_messages", "from_template"))]
pub fn prompt(template: impl Into<Template>) -> ChatPromptTemplate {
    ChatPromptTemplate {
        name: Cow::Borrowed("ChatPromptTemplate"),
        template: Arc::new(template.into()),
    }
}

/// A template of a prompt: a step from [`Dict`] to a [`PromptValue`]. Created by [`prompt`].
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] when a hole or a placeholder has no value, and names both, when the
/// value of a placeholder is no list of messages, or when the template cannot be read;
/// [`check`](Self::check) tells the last beforehand.
#[derive(Clone, Debug)]
#[must_use = "a template does nothing until it is run"]
pub struct ChatPromptTemplate {
    name: Cow<'static, str>,
    template: Arc<Template>,
}

impl ChatPromptTemplate {
    /// Gives the template a name, for its runs and its errors.
    pub fn with_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// The names of the variables and the placeholders, in their order, each once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] when the template cannot be read.
    pub fn input_variables(&self) -> Result<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        let mut add = |name: String| {
            if !names.contains(&name) {
                names.push(name);
            }
        };
        for (number, part) in (1..).zip(&self.template.parts) {
            match part {
                TemplatePart::MessagesPlaceholder(place) => add(place.name.clone()),
                TemplatePart::Message(_) => {}
                TemplatePart::Template(MessageTemplate { message }) => {
                    for words in message.words() {
                        for piece in self.read(number, message, words)? {
                            if let Piece::Hole(name) = piece {
                                add(name);
                            }
                        }
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
        self.input_variables().map(|_| self)
    }

    fn read(&self, number: usize, message: &Message, words: &str) -> Result<Vec<Piece>> {
        pieces(words).map_err(|wrong| {
            let (name, role) = (&self.name, message.role());
            let wrong = format!("prompt template {name}, message {number} ({role}): {wrong}");
            Error::new(ErrorKind::InvalidInput, wrong)
        })
    }

    fn fill(&self, number: usize, message: &Message, values: &Dict) -> Result<Message> {
        message.clone().try_map_words(|words| {
            let mut filled = String::new();
            for piece in self.read(number, message, words)? {
                match piece {
                    Piece::Literal(literal) => filled.push_str(&literal),
                    Piece::Hole(hole) => match values.get(&hole) {
                        Some(Value::String(value)) => filled.push_str(value),
                        Some(value) => filled.push_str(&value.to_string()),
                        None => {
                            let role = message.role();
                            let what =
                                format!("hole `{{{hole}}}` in its message {number} ({role})");
                            return Err(self.no_value(&what, values));
                        }
                    },
                }
            }
            Ok(filled)
        })
    }

    /// The messages that stand in the place of a placeholder.
    fn put(&self, place: &MessagesPlaceholder, values: &Dict) -> Result<Vec<Message>> {
        let hole = &place.name;
        match values.get(hole) {
            None if place.optional => Ok(Vec::new()),
            None => Err(self.no_value(&format!("placeholder `{hole}` for messages"), values)),
            Some(value) => from_json(value).map_err(|wrong| {
                let name = &self.name;
                let what = format!(
                    "the value for the placeholder `{hole}` of prompt template {name} is no list \
                     of messages: {wrong}"
                );
                Error::new(ErrorKind::InvalidInput, what)
            }),
        }
    }

    fn no_value(&self, what: &str, values: &Dict) -> Error {
        let name = &self.name;
        let mut given: Vec<_> = values.names().map(|name| format!("`{name}`")).collect();
        // Sorted, because they are there to be searched.
        given.sort_unstable();
        let given = match given.is_empty() {
            true => "there are no values at all".to_owned(),
            false => format!("there are values for {}", given.join(", ")),
        };
        let what = format!("prompt template {name} has a {what}, and no value for it; {given}");
        Error::new(ErrorKind::InvalidInput, what)
    }
}

impl Runnable for ChatPromptTemplate {
    type Input = Dict;
    type Output = PromptValue;

    async fn run(&self, values: Dict, _: RunContext) -> Result<PromptValue> {
        let mut messages = Vec::new();
        for (number, part) in (1..).zip(&self.template.parts) {
            match part {
                TemplatePart::Message(message) => messages.push(message.clone()),
                TemplatePart::Template(MessageTemplate { message }) => {
                    messages.push(self.fill(number, message, &values)?);
                }
                TemplatePart::MessagesPlaceholder(place) => {
                    messages.extend(self.put(place, &values)?)
                }
            }
        }
        Ok(PromptValue { messages })
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(self.name.clone()).with_kind(PROMPT).without_chunk_events()
    }
}
