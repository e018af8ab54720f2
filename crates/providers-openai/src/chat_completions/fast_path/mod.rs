//! A fast path for the events that only add text, which are most events of a stream.

mod pattern;
mod token;

pub(crate) use self::{pattern::Pattern, token::TokenEvent};
