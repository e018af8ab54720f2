//! A step that replaces the oldest messages of a conversation with a summary.

mod known_summaries;
mod parts;
mod prefix_ids;
mod request;
mod summarize;

pub use self::summarize::SummarizeMessages;
