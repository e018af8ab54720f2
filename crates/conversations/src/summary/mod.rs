//! A step that replaces the oldest messages of a conversation with a summary.

mod cuts;
mod known_summaries;
mod request;
mod summarize;

pub use self::summarize::SummarizeMessages;
