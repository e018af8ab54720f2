//! The parts of a prompt template: messages, message templates and placeholders.

use super::{MessageTemplate, PromptValue, examples::Examples, human_template};
use crate::{AiMessage, HumanMessage, Message, SystemMessage, ToolMessage};

/// The argument of [`prompt`](super::prompt()): a list of messages, message templates and
/// placeholders.
///
/// These types convert into a `Template`:
///
/// - a string, as the [template](human_template) of one human message;
/// - a part: a [message template](MessageTemplate), a [message](Message), a
///   [placeholder](messages_placeholder) or [examples](super::few_shot());
/// - a `Vec` or an array of parts of the same type, and a tuple of one to eight parts.
///
/// A string does not convert into a part. In a list, write `human_template("…")` for text with
/// variables and `human("…")` for literal text:
///
/// ```compile_fail,E0277
/// use runnable_chat::prelude::*;
///
/// let greet = |user: String| prompt((system("You are terse."), format!("Hi, I am {user}.")));
/// ```
#[doc(alias = "MessageLikeRepresentation")]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    pub(super) parts: Vec<TemplatePart>,
}

/// A part of a [`Template`].
#[doc(alias = "MessageLikeRepresentation")]
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "most parts of a template are messages")]
#[non_exhaustive]
pub enum TemplatePart {
    /// A literal message, without variables.
    Message(Message),
    /// A message with variables.
    Template(MessageTemplate),
    /// A placeholder for a list of messages.
    MessagesPlaceholder(MessagesPlaceholder),
    /// Examples.
    FewShot(FewShot),
}

/// A placeholder for a list of messages in a template. Created by [`messages_placeholder`].
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a placeholder does nothing until it is part of a prompt"]
pub struct MessagesPlaceholder {
    pub(super) name: String,
    pub(super) optional: bool,
}

/// A part of a prompt that shows examples. Created by [`few_shot`](super::few_shot()) and
/// [`few_shot_selected`](super::few_shot_selected()).
///
/// If a step selects the examples, two parts are equal only if they are clones of each other.
#[doc(alias("FewShotChatMessagePromptTemplate", "FewShotPromptTemplate"))]
#[derive(Clone, Debug, PartialEq)]
#[must_use = "examples do nothing until they are part of a prompt"]
pub struct FewShot {
    /// The template of one example.
    pub(super) template: Template,
    pub(super) examples: Examples,
}

/// Creates a placeholder in a [`prompt`](super::prompt()) for a list of messages.
///
/// The input value with the name `name` contains the messages. They are inserted unchanged: braces
/// in their text are not variables.
///
/// ```
/// use runnable_chat::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let ask = prompt((
///     system("You are terse."),
///     messages_placeholder("history"),
///     human_template("{question}"),
/// ));
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
/// The value is a JSON array of messages, in any of the formats that [`message`](crate::message)
/// accepts.
#[doc(alias("MessagesPlaceholder", "placeholder"))]
pub fn messages_placeholder(name: impl Into<String>) -> MessagesPlaceholder {
    MessagesPlaceholder { name: name.into(), optional: false }
}

impl MessagesPlaceholder {
    /// Makes the value optional. Without a value, the placeholder inserts no messages.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let ask = prompt((messages_placeholder("history").optional(), human("Who am I?")));
    /// assert_eq!(ask.invoke(dict! {}).await?.messages, [human("Who am I?")]);
    /// # Ok(())
    /// # }
    /// ```
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

impl From<FewShot> for TemplatePart {
    fn from(examples: FewShot) -> Self {
        Self::FewShot(examples)
    }
}

/// Implements the conversion of message types into template parts.
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

/// Clones the message, so that a template accepts references to messages.
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

part!(TemplatePart, MessageTemplate, MessagesPlaceholder, FewShot);
part!(Message, SystemMessage, HumanMessage, AiMessage, ToolMessage);

/// Creates a template with one human message, in which `{name}` is a variable.
impl From<&str> for Template {
    fn from(text: &str) -> Self {
        human_template(text).into()
    }
}

/// Creates a template with one human message, in which `{name}` is a variable.
impl From<String> for Template {
    fn from(text: String) -> Self {
        human_template(text).into()
    }
}

/// Creates a template with one human message, in which `{name}` is a variable.
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

/// Inserts the messages of the conversation unchanged.
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
