//! Most events of a stream add a text and say nothing else: they are read faster than the others.

mod pattern;
mod token;

pub(crate) use self::{pattern::Pattern, token::TokenEvent};
