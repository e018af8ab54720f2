//! [`SizeLimit`]: the maximum size of a list of messages.

use runnable_chat::Message;

use crate::tokens::{TokenCounter, count_message};

/// The maximum size of a list of messages, in messages or in tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SizeLimit {
    Messages(u64),
    Tokens(u64),
}

impl SizeLimit {
    pub(crate) fn messages(limit: usize) -> Self {
        Self::Messages(count(limit))
    }

    pub(crate) fn get(self) -> u64 {
        match self {
            Self::Messages(limit) | Self::Tokens(limit) => limit,
        }
    }

    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Messages(_) => "messages",
            Self::Tokens(_) => "tokens",
        }
    }

    /// Returns the size of the messages, in the unit of this limit.
    pub(crate) fn size(self, messages: &[Message], counter: &dyn TokenCounter) -> u64 {
        match self {
            Self::Messages(_) => count(messages.len()),
            Self::Tokens(_) => messages
                .iter()
                .map(|message| count_message(message, counter).tokens)
                .fold(0, u64::saturating_add),
        }
    }
}

fn count(messages: usize) -> u64 {
    u64::try_from(messages).unwrap_or(u64::MAX)
}
