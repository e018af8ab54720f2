//! System and human messages, which have only content, an ID and a name.

use std::borrow::Cow;

use super::{
    block::ContentBlock,
    content::{content, text_of},
};

macro_rules! plain_message {
    ($(#[$doc:meta])* $Message:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $Message {
            /// The content blocks, in order.
            pub content: Vec<ContentBlock>,
            /// The ID of the message, if it has one.
            pub id: Option<String>,
            /// The name of the speaker, if several participants share the role.
            pub name: Option<String>,
        }

        impl $Message {
            /// Creates a message with this text.
            pub fn new(text: impl Into<String>) -> Self {
                Self { content: content(text.into()), ..Self::default() }
            }

            /// Adds a content block, such as an image, to the message.
            #[must_use]
            pub fn with_block(mut self, block: impl Into<ContentBlock>) -> Self {
                self.content.push(block.into());
                self
            }

            /// Sets the name of the speaker.
            #[must_use]
            pub fn with_name(mut self, name: impl Into<String>) -> Self {
                self.name = Some(name.into());
                self
            }

            /// Returns the text of the message: the text blocks of the message, joined without a
            /// separator.
            pub fn text(&self) -> Cow<'_, str> {
                text_of(&self.content)
            }
        }
    };
}

plain_message! {
    /// A message with instructions for the model that apply to the complete conversation.
    SystemMessage
}

plain_message! {
    /// A message of the user.
    HumanMessage
}
