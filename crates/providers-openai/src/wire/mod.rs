//! How values of foreign JSON are read: leniently, and without copies.
//!
//! Services that call themselves compatible differ in what is `null`, absent, a number or a text. A
//! field of an unexpected type counts as absent, so that it cannot cost a whole answer.

mod count;
mod list;
mod raw;
mod word;

pub(crate) use self::{
    count::Count,
    list::{bounded, parts, some_parts, tokens},
    raw::{nullable, parsed, read},
    word::{Arguments, Word},
};
