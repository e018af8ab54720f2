//! What a prompt template is made of.

use super::{MessageTemplate, PromptValue, human_template};
use crate::{AiMessage, HumanMessage, Message, SystemMessage, ToolMessage};

/// What a [`prompt`](super::prompt()) is made of: templates of messages, messages that stand as they
/// are, and places for messages that come as values.
///
/// Text alone converts into it, as the [template](human_template) of one message of the user. So do a
/// part, a list of parts of one type, and a tuple of one to eight parts. A part is a
/// [template](MessageTemplate), a message, or a [placeholder].
///
/// Text does not convert into a part, so that a list says what each text is: `human_template("…")`
/// has variables, `human("…")` has none.
///
/// ```compile_fail,E0277
/// use runnable_chat::prelude::*;
///
/// let greet = |user: String| prompt((system("You are terse."), format!("Hi, I am {user}.")));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    pub(super) parts: Vec<TemplatePart>,
}

/// A part of a [`Template`].
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "most parts of a template are messages")]
#[non_exhaustive]
pub enum TemplatePart {
    /// A message that stands as it is: nothing in its text is a variable.
    Message(Message),
    /// A message with variables.
    Template(MessageTemplate),
    /// A place for messages that come as a value.
    MessagesPlaceholder(MessagesPlaceholder),
}

/// A place in a template for messages that come as a value. Made by [`messages_placeholder`].
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a placeholder does nothing until it is part of a prompt"]
pub struct MessagesPlaceholder {
    pub(super) name: String,
    pub(super) optional: bool,
}

/// Creates a place in a [`prompt`](super::prompt()) for a list of messages, the value of this name.
///
/// The messages stand there as they are: nothing in their text is a variable.
///
/// ```
/// use runnable_chat::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let ask = prompt((system("You are terse."), messages_placeholder("history"), human_template("{question}")));
///
/// let history = vec![human("Hi, I am Ada."), ai("Hello Ada.")];
/// let filled = ask.invoke(dict! { history: history, question: "Who am I?" }).await?;
///
/// assert_eq!(filled.messages.len(), 4);
/// assert_eq!(filled.messages[3], human("Who am I?"));
/// # Ok(())
/// # }
/// ```
///
/// The value is a JSON list in any of the forms that [`message`](crate::message) reads.
#[doc(alias("MessagesPlaceholder", "placeholder"))]
pub fn messages_placeholder(name: impl Into<String>) -> MessagesPlaceholder {
    MessagesPlaceholder { name: name.into(), optional: false }
}

impl MessagesPlaceholder {
    /// Without a value, it stands for no messages.
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

impl From<MessagesPlaceholder> for TemplatePart {
    fn from(placeholder: MessagesPlaceholder) -> Self {
        Self::MessagesPlaceholder(placeholder)
    }
}

impl From<MessageTemplate> for TemplatePart {
    fn from(template: MessageTemplate) -> Self {
        Self::Template(template)
    }
}

/// A message is a part, and a part is a whole template.
macro_rules! message {
    ($($Message:ident),+) => {$(
        impl From<$Message> for TemplatePart {
            fn from(message: $Message) -> Self {
                Self::Message(message.into())
            }
        }
    )+};
}

message!(Message, SystemMessage, HumanMessage, AiMessage, ToolMessage);

/// A clone, so that a template takes messages by reference.
impl From<&Message> for TemplatePart {
    fn from(message: &Message) -> Self {
        Self::Message(message.clone())
    }
}

macro_rules! part {
    ($($Part:ident),+) => {$(
        impl From<$Part> for Template {
            fn from(part: $Part) -> Self {
                Self { parts: vec![part.into()] }
            }
        }
    )+};
}

part!(TemplatePart, MessageTemplate, MessagesPlaceholder);
part!(Message, SystemMessage, HumanMessage, AiMessage, ToolMessage);

/// Text alone is the template of what the user says.
impl From<&str> for Template {
    fn from(text: &str) -> Self {
        human_template(text).into()
    }
}

/// Text alone is the template of what the user says.
impl From<String> for Template {
    fn from(text: String) -> Self {
        human_template(text).into()
    }
}

/// Text alone is the template of what the user says.
impl From<&String> for Template {
    fn from(text: &String) -> Self {
        human_template(text).into()
    }
}

impl<T: Into<TemplatePart>> From<Vec<T>> for Template {
    fn from(parts: Vec<T>) -> Self {
        Self { parts: parts.into_iter().map(Into::into).collect() }
    }
}

impl<T: Into<TemplatePart>, const N: usize> From<[T; N]> for Template {
    fn from(parts: [T; N]) -> Self {
        Self { parts: parts.map(Into::into).into() }
    }
}

/// The messages of a conversation stand as they are.
impl From<PromptValue> for Template {
    fn from(prompt: PromptValue) -> Self {
        prompt.messages.into()
    }
}

macro_rules! tuple {
    ($($T:ident $i:tt),+) => {
        impl<$($T: Into<TemplatePart>),+> From<($($T,)+)> for Template {
            fn from(parts: ($($T,)+)) -> Self {
                Self { parts: vec![$(parts.$i.into()),+] }
            }
        }
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
