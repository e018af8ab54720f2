//! Formats values, durations and other data as short text, for the console and the views.

mod cost;
mod duration;
mod http;
mod label;
mod messages;
mod one_line;
mod preview;
mod tokens;

pub(crate) use self::{
    cost::{cost_of, cost_of_tree},
    duration::human,
    http::HttpFacts,
    label::{is_chat_model, is_tool, label, label_of},
    messages::{content_text, messages_of, tool_calls_of},
    one_line::{beginning, one_line, printable},
    preview::{Preview, preview},
    tokens::tokens_of,
};
