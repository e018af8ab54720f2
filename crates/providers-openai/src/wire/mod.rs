//! How values of foreign JSON are read: leniently, and without copies.
//!
//! Services that call themselves compatible differ in what is `null`, absent, a number or a text. A
//! field of an unexpected type counts as absent, so that it cannot cost a whole answer. Of a field
//! that stands twice the last value counts, unless it is `null`. What is not quite JSON is repaired
//! by [`runnable_http::lenient`].

mod count;
mod fields;
mod list;
mod raw;
mod word;

pub(crate) use self::{
    count::Count,
    fields::{Fields, Slot, fields, read_object},
    list::{Beginning, List, items},
    raw::{nested, parsed, read_event, read_whole, says},
    word::{Arguments, Word},
};
