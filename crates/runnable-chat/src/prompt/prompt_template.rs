//! Prompt templates: steps that create a prompt from named values.

use std::{borrow::Cow, sync::Arc};

use runnable_core::{Dict, Error, ErrorKind, Result, RunContext, Runnable, StepInfo};
use serde_json::Value;

use super::{
    MessageTemplate, MessagesPlaceholder, PromptValue, Template, TemplatePart,
    pieces::{Piece, pieces},
};
use crate::{Message, from_json::from_json, run_kind::PROMPT};

/// Creates a prompt template: a step that creates a [`PromptValue`] from named values.
///
/// The argument is a string, a list or a tuple:
///
/// - A string is the template of one human message. `{topic}` in it is a variable.
/// - A list or a tuple contains messages. The text of [`human_template`](super::human_template),
///   `system_template` and `ai_template` can contain variables. The text of
///   [`human`](crate::human), `system`, `ai` and all other messages is literal.
/// - [`messages_placeholder`](super::messages_placeholder()) inserts a list of messages.
///
/// To write a literal brace in a template, double it. Values that are not strings are inserted as
/// JSON.
///
/// Braces in a value are not variables. Text from a user is therefore safe as a value or as a
/// literal message, but not as a part of a template. Write `prompt("Hi, I am {user}")` and pass the
/// value `user`, not `prompt(format!("Hi, I am {user}"))`.
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
///     "missing value for variable `{topic}` in message 2 (user) of prompt template \
///      ChatPromptTemplate; received values for `form`",
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

/// A prompt template: a step that creates a [`PromptValue`] from a [`Dict`]. Created by [`prompt`].
///
/// # Errors
///
/// The step returns [`ErrorKind::InvalidInput`]
///
/// - if a variable or a placeholder has no value;
/// - if the value of a placeholder is not a list of messages;
/// - if the template is invalid. Use [`check`](Self::check) to find this out before the first call.
#[derive(Clone, Debug)]
#[must_use = "a template does nothing until it is run"]
pub struct ChatPromptTemplate {
    name: Cow<'static, str>,
    template: Arc<Template>,
}

impl ChatPromptTemplate {
    /// Sets the name of the template. The name appears in the runs and errors of the template.
    ///
    /// The default is `ChatPromptTemplate`.
    pub fn with_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Returns the names of the variables and placeholders, in order and without duplicates.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    ///
    /// # fn main() -> Result<()> {
    /// let ask = prompt((messages_placeholder("history"), human_template("Why is {thing} blue?")));
    /// assert_eq!(ask.input_variables()?, ["history", "thing"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if the template is invalid.
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
                    for text in message.strings() {
                        for piece in self.read(number, message, text)? {
                            if let Piece::Variable(name) = piece {
                                add(name);
                            }
                        }
                    }
                }
            }
        }
        Ok(names)
    }

    /// Validates this template, and returns it.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    ///
    /// assert!(prompt("Why is {thing} blue?").check().is_ok());
    /// assert!(prompt("Why is {thing blue?").check().is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if the template is invalid. The error message contains
    /// the position of the error, and explains how to write a literal brace.
    #[doc(alias = "validate_template")]
    pub fn check(self) -> Result<Self> {
        self.input_variables().map(|_| self)
    }

    fn read(&self, number: usize, message: &Message, text: &str) -> Result<Vec<Piece>> {
        pieces(text).map_err(|reason| {
            let (name, role) = (&self.name, message.role());
            let message =
                format!("invalid message {number} ({role}) of prompt template {name}: {reason}");
            Error::new(ErrorKind::InvalidInput, message)
        })
    }

    fn fill(&self, number: usize, message: &Message, values: &Dict) -> Result<Message> {
        message.clone().try_map_strings(|text| {
            let mut filled = String::new();
            for piece in self.read(number, message, text)? {
                match piece {
                    Piece::Literal(literal) => filled.push_str(&literal),
                    Piece::Variable(variable) => match values.get(&variable) {
                        Some(Value::String(value)) => filled.push_str(value),
                        Some(value) => filled.push_str(&value.to_string()),
                        None => {
                            let role = message.role();
                            let place =
                                format!("variable `{{{variable}}}` in message {number} ({role})");
                            return Err(self.missing_value(&place, values));
                        }
                    },
                }
            }
            Ok(filled)
        })
    }

    /// Returns the messages that replace a placeholder.
    fn insert(&self, place: &MessagesPlaceholder, values: &Dict) -> Result<Vec<Message>> {
        let placeholder = &place.name;
        match values.get(placeholder) {
            None if place.optional => Ok(Vec::new()),
            None => {
                Err(self.missing_value(&format!("messages placeholder `{placeholder}`"), values))
            }
            Some(value) => from_json(value).map_err(|reason| {
                let name = &self.name;
                let message = format!(
                    "invalid value for placeholder `{placeholder}` of prompt template {name}: \
                     expected a list of messages: {reason}"
                );
                Error::new(ErrorKind::InvalidInput, message)
            }),
        }
    }

    fn missing_value(&self, place: &str, values: &Dict) -> Error {
        let name = &self.name;
        let mut received: Vec<_> = values.names().map(|name| format!("`{name}`")).collect();
        // Sort the names, so that a misspelled name is easy to find in the error message.
        received.sort_unstable();
        let received = if received.is_empty() {
            "received no values".to_owned()
        } else {
            format!("received values for {}", received.join(", "))
        };
        let message = format!("missing value for {place} of prompt template {name}; {received}");
        Error::new(ErrorKind::InvalidInput, message)
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
                    messages.extend(self.insert(place, &values)?)
                }
            }
        }
        Ok(PromptValue { messages })
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(self.name.clone()).with_kind(PROMPT).without_chunk_events()
    }
}
