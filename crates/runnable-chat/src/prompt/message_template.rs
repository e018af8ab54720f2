//! Message templates: messages whose text contains variables.

use std::borrow::Cow;

use crate::{AiMessage, HumanMessage, Message, SystemMessage};

/// A message whose text is a template, in which `{name}` is a variable.
///
/// Created by [`human_template`], [`system_template`] and [`ai_template`]. Use [`new`](Self::new)
/// for a message with media.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a template does nothing until it is part of a prompt"]
#[doc(alias("HumanMessagePromptTemplate", "BaseMessagePromptTemplate"))]
pub struct MessageTemplate {
    pub(super) message: Message,
}

impl MessageTemplate {
    /// Creates a template from a message. The texts of the message and the URLs of its media can
    /// contain variables.
    ///
    /// ```
    /// use runnable_chat::{message::MediaSource, prelude::*, prompt::MessageTemplate};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let image = ContentBlock::Image(Media::from_url("https://example.com/{city}.png"));
    /// let message = HumanMessage::new("What is {city}?").with_block(image);
    /// let describe = prompt(MessageTemplate::new(message));
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

/// Creates a template of a human message, for use in a [`prompt`](super::prompt()).
///
/// `{name}` in `text` is a variable. To write a literal brace, double it. For a message without
/// variables, use [`human`](crate::human).
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
/// Do not put text from a user into a template: pass it as a value. With
/// `human_template(format!("Hi, {user}"))`, a user with the name `{secret}` could read the value
/// `secret`.
#[doc(alias = "HumanMessagePromptTemplate")]
pub fn human_template<'a>(text: impl Into<Cow<'a, str>>) -> MessageTemplate {
    MessageTemplate::new(HumanMessage::new(text.into()))
}

/// Creates a template of a system message, for use in a [`prompt`](super::prompt()).
///
/// The syntax is the same as in a [`human_template`]. For a message without variables, use
/// [`system`](crate::system).
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

/// Creates a template of an AI message, such as an example answer, for use in a
/// [`prompt`](super::prompt()).
///
/// The syntax is the same as in a [`human_template`]. For a message without variables, use
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
