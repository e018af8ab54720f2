//! Functions on lists of messages that never separate a tool call from its result.

mod filter;
mod groups;
mod merge;
mod selection;
mod size_limit;
mod trim;
mod unanswered;

pub use self::{
    filter::{filter_messages, without_tool_calls},
    merge::merge_message_runs,
    trim::{TrimMessages, TrimmedMessages},
};
pub(crate) use self::{
    groups::groups, size_limit::SizeLimit, unanswered::without_unfinished_calls,
};
