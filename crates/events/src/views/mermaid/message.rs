//! [`Message`]: a line of the diagram.

use super::escape::escaped;

/// The number of characters to which the text of a message is shortened.
const TEXT: usize = 80;

/// A line of the diagram. Participants are given by their numbers.
pub(super) enum Message {
    Call {
        from: usize,
        to: usize,
        text: String,
    },
    Return {
        from: usize,
        to: usize,
        text: String,
    },
    /// A return that reports an error or a cancellation.
    Failure {
        from: usize,
        to: usize,
        text: String,
    },
    Note {
        over: usize,
        text: String,
    },
}

impl Message {
    pub(super) fn line(&self) -> String {
        match self {
            Self::Call { from, to, text } => format!("p{from}->>p{to}: {}", shown(text)),
            Self::Return { from, to, text } => format!("p{from}-->>p{to}: {}", shown(text)),
            Self::Failure { from, to, text } => format!("p{from}--xp{to}: {}", shown(text)),
            Self::Note { over, text } => format!("Note over p{over}: {}", shown(text)),
        }
    }
}

/// Mermaid requires a text after the colon.
fn shown(text: &str) -> String {
    let text = escaped(text, TEXT);
    if text.is_empty() { "…".to_owned() } else { text }
}
