//! A message with template variables.

use std::borrow::Cow;

use crate::{AiMessage, HumanMessage, Message, SystemMessage};

/// A message whose text is a template: `{name}` in it is a variable. Created by [`human_template`],
/// [`system_template`], [`ai_template`], or, of a message with media, by [`new`](Self::new).
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a template does nothing until it is part of a prompt"]
#[doc(alias("HumanMessagePromptTemplate", "BaseMessagePromptTemplate"))]
pub struct MessageTemplate {
    pub(super) message: Message,
}

impl MessageTemplate {
    /// Reads each text of a message, and each address of its media, as a template.
    ///
    /// ```
    /// use runnable_chat::{message::MediaSource, prelude::*, prompt::MessageTemplate};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let image = ContentBlock::Image(Media::from_url("https://example.com/{city}.png"));
    /// let describe = prompt(MessageTemplate::new(HumanMessage::new("What is {city}?").with_block(image)));
    ///
    /// let filled = describe.invoke(dict! { city: "Ys" }).await?;
    /// let ContentBlock::Image(image) = &filled.messages[0].content()[1] else { panic!() };
    /// assert_eq!(image.source, MediaSource::Url("https://example.com/Ys.png".into()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(message: impl Into<Message>) -> Self {
        Self { message: message.into() }
    }
}

/// Creates the template of a message of the user, for a [`prompt`](super::prompt()).
///
/// `{name}` is a variable. A brace that belongs to the text is written twice. [`human`](crate::human)
/// creates the message without variables.
///
/// ```
/// use runnable_chat::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let ask = prompt((system("You are terse."), human_template("Why is {thing} blue?")));
///
/// let filled = ask.invoke(dict! { thing: "the sky" }).await?;
/// assert_eq!(filled.messages[1], human("Why is the sky blue?"));
/// # Ok(())
/// # }
/// ```
///
/// Text that a user wrote is never part of a template. It is a value: with
/// `human_template(format!("Hi, {user}"))`, a user whose name is `{secret}` reads the value `secret`.
#[doc(alias = "HumanMessagePromptTemplate")]
pub fn human_template<'a>(text: impl Into<Cow<'a, str>>) -> MessageTemplate {
    MessageTemplate::new(HumanMessage::new(text.into()))
}

/// Creates the template of instructions, for a [`prompt`](super::prompt()).
///
/// The text is read as that of a [`human_template`] is.
///
/// ```
/// use runnable_chat::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let ask = prompt([system_template("You write {form}."), human_template("About {topic}.")]);
///
/// let filled = ask.invoke(dict! { form: "haiku", topic: "rain" }).await?;
/// assert_eq!(filled.messages[0], system("You write haiku."));
/// # Ok(())
/// # }
/// ```
#[doc(alias = "SystemMessagePromptTemplate")]
pub fn system_template<'a>(text: impl Into<Cow<'a, str>>) -> MessageTemplate {
    MessageTemplate::new(SystemMessage::new(text.into()))
}

/// Creates the template of an answer of the model, for a [`prompt`](super::prompt()).
///
/// The text is read as that of a [`human_template`] is. An example without variables is a message:
/// [`ai`](crate::ai).
///
/// ```
/// use runnable_chat::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let example = (human("Which city?"), ai_template(r#"{{"city": "{city}"}}"#));
///
/// let filled = prompt(example).invoke(dict! { city: "Ys" }).await?;
/// assert_eq!(filled.messages[1], ai(r#"{"city": "Ys"}"#));
/// # Ok(())
/// # }
/// ```
#[doc(alias = "AIMessagePromptTemplate")]
pub fn ai_template<'a>(text: impl Into<Cow<'a, str>>) -> MessageTemplate {
    MessageTemplate::new(AiMessage::new(text.into()))
}
