//! What a prompt template is made of.

use crate::{Message, Prompt};

/// What a [`prompt`](super::prompt()) is made of: messages with holes, and places for messages that
/// come as values.
///
/// Text converts into it, a message, a list of messages, and a tuple of two to eight messages and
/// [placeholders](placeholder).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    pub(super) parts: Vec<TemplatePart>,
}

/// A part of a [`Template`].
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "most parts of a template are messages")]
#[non_exhaustive]
pub enum TemplatePart {
    /// A message with holes.
    Message(Message),
    /// A place for messages that come as a value.
    Placeholder(Placeholder),
}

/// A place in a template for messages that come as a value. Made by [`placeholder`].
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a placeholder does nothing until it is part of a prompt"]
pub struct Placeholder {
    pub(super) name: String,
    pub(super) optional: bool,
}

/// A place in a [`prompt`](super::prompt()) for a list of messages, which is the value of this
/// name. The messages stand there as they are: what looks like a hole in them is none.
///
/// ```
/// use runnable_chat::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let ask = prompt((system("You are terse."), placeholder("history"), human("{question}")));
///
/// let history = vec![human("Hi, I am Ada."), ai("Hello Ada.")];
/// let filled = ask.invoke(args! { history: history, question: "Who am I?" }).await?;
///
/// assert_eq!(filled.messages.len(), 4);
/// assert_eq!(filled.messages[3], human("Who am I?"));
/// # Ok(())
/// # }
/// ```
///
/// The value is a JSON list in any of the forms that [`message`](crate::message) reads.
pub fn placeholder(name: impl Into<String>) -> Placeholder {
    Placeholder { name: name.into(), optional: false }
}

impl Placeholder {
    /// Without a value, it stands for no messages.
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

impl From<Placeholder> for TemplatePart {
    fn from(placeholder: Placeholder) -> Self {
        Self::Placeholder(placeholder)
    }
}

impl<T: Into<Message>> From<T> for TemplatePart {
    fn from(message: T) -> Self {
        Self::Message(message.into())
    }
}

impl<T: Into<TemplatePart>> From<T> for Template {
    fn from(part: T) -> Self {
        Self { parts: vec![part.into()] }
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

impl From<Prompt> for Template {
    fn from(prompt: Prompt) -> Self {
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

tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
