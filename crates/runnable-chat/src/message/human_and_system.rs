//! Messages that are nothing but their content.

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
            /// What it says, in its order.
            pub content: Vec<ContentBlock>,
            /// The id of the message, if it was given one.
            pub id: Option<String>,
            /// Who speaks, where several speak in the same role.
            pub name: Option<String>,
        }

        impl $Message {
            /// A message of this text.
            pub fn new(text: impl Into<String>) -> Self {
                Self { content: content(text.into()), ..Self::default() }
            }

            /// This message, and one more block, such as a picture.
            #[must_use]
            pub fn with_block(mut self, block: impl Into<ContentBlock>) -> Self {
                self.content.push(block.into());
                self
            }

            /// This message, said by somebody of this name.
            #[must_use]
            pub fn with_name(mut self, name: impl Into<String>) -> Self {
                self.name = Some(name.into());
                self
            }

            /// The text of the message: that of all its text blocks.
            pub fn text(&self) -> Cow<'_, str> {
                text_of(&self.content)
            }
        }
    };
}

plain_message! {
    /// Instructions that hold for the whole conversation.
    SystemMessage
}

plain_message! {
    /// What the user said.
    HumanMessage
}
