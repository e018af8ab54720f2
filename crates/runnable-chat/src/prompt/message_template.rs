//! Message templates: messages whose text contains variables.

use std::borrow::Cow;

use super::{
    media_variable::{MediaKind, MediaVariable},
    syntax::Syntax,
};
use crate::{AiMessage, ContentBlock, HumanMessage, Message, SystemMessage, ToolMessage};

/// A message whose text is a template, in which `{name}` is a variable.
///
/// Created by [`human_template`], [`system_template`], [`ai_template`] and [`tool_template`]. Use
/// [`new`](Self::new) for other messages.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a template does nothing until it is part of a prompt"]
#[doc(alias("HumanMessagePromptTemplate", "BaseMessagePromptTemplate"))]
pub struct MessageTemplate {
    pub(super) message: Message,
    pub(super) media: Vec<MediaVariable>,
    pub(super) syntax: Syntax,
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
        Self { message: message.into(), media: Vec::new(), syntax: Syntax::default() }
    }

    /// Adds a variable for an image after the text.
    ///
    /// The value is a URL, a [`Media`](crate::Media), or a list of them. A `data:` URL becomes
    /// inline data.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let describe = prompt(human_template("What is {question}?").with_image("photo"));
    ///
    /// let photo = Media::from_bytes("image/png", b"\x89PNG");
    /// let values = dict! { question: "this", photo: photo.clone() };
    /// let filled = describe.invoke(values).await?;
    /// assert_eq!(filled.messages[0].content()[1], ContentBlock::Image(photo));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias("ImagePromptTemplate", "image_url"))]
    pub fn with_image(self, name: impl Into<String>) -> Self {
        self.with_media(MediaKind::Image, name.into())
    }

    /// Adds a variable for a file, such as a PDF document, after the text. The values are as in
    /// [`with_image`](Self::with_image).
    pub fn with_file(self, name: impl Into<String>) -> Self {
        self.with_media(MediaKind::File, name.into())
    }

    /// Adds a variable for an audio recording after the text. The values are as in
    /// [`with_image`](Self::with_image).
    pub fn with_audio(self, name: impl Into<String>) -> Self {
        self.with_media(MediaKind::Audio, name.into())
    }

    /// Adds a variable for a video after the text. The values are as in
    /// [`with_image`](Self::with_image).
    pub fn with_video(self, name: impl Into<String>) -> Self {
        self.with_media(MediaKind::Video, name.into())
    }

    /// Adds text after the media that were added before. The text is a template.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let compare = prompt(
    ///     human_template("Before:").with_image("old").with_text("After {days} days:").with_image("new"),
    /// );
    /// let values = dict! { old: "https://a.test/1.png", new: "https://a.test/2.png", days: 3 };
    /// let filled = compare.invoke(values).await?;
    /// assert_eq!(filled.messages[0].content().len(), 4);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.message.content_mut().push(ContentBlock::text(text.into()));
        self
    }

    /// Reads the template in Jinja's syntax: `{{ name }}` is a variable, and `{% … %}` is a
    /// statement.
    ///
    /// A variable without a value is an error; `{{ name | default("…") }}` makes it optional. Braces
    /// in a value are not read as a template. A template cannot read files or other templates.
    ///
    /// Values that are not strings are inserted as in Python: `True`, `None`, `['a', 1]`. The filter
    /// `tojson` inserts JSON.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let text = "Rank:{% for name in names %}\n{{ loop.index }}. {{ name | upper }}{% endfor %}";
    /// let rank = prompt(human_template(text).jinja());
    ///
    /// let filled = rank.invoke(dict! { names: vec!["tea", "milk"] }).await?;
    /// assert_eq!(filled.text(), "Rank:\n1. TEA\n2. MILK");
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "jinja")]
    #[cfg_attr(docsrs, doc(cfg(feature = "jinja")))]
    #[doc(alias("jinja2", "template_format"))]
    pub fn jinja(mut self) -> Self {
        self.syntax = Syntax::Jinja;
        self
    }

    fn with_media(mut self, kind: MediaKind, name: String) -> Self {
        let place = self.message.content().len();
        self.media.push(MediaVariable { name, kind, place });
        self
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

/// Creates a template of the result of a tool call, such as in an example, for use in a
/// [`prompt`](super::prompt()).
///
/// The ID of the tool call is literal. The syntax of the text is the same as in a
/// [`human_template`].
///
/// ```
/// use runnable_chat::{prelude::*, prompt::tool_template};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let filled = prompt(tool_template("call_1", "{degrees} °C")).invoke(dict! { degrees: 21 }).await?;
/// assert_eq!(filled.messages[0], ToolMessage::new("call_1", "21 °C").into());
/// # Ok(())
/// # }
/// ```
pub fn tool_template<'a>(
    tool_call_id: impl Into<String>,
    text: impl Into<Cow<'a, str>>,
) -> MessageTemplate {
    MessageTemplate::new(ToolMessage::new(tool_call_id, text.into()))
}
