//! Deserializes the JSON of services leniently and without copies.
//!
//! Compatible services differ in which fields are `null`, missing, numbers or strings. A field of
//! an unexpected type counts as missing, so that the rest of the answer is still read. If a field
//! occurs more than once, the last value that is not `null` is used. Slightly invalid JSON is
//! repaired with [`runnable_http::lenient`].

mod count;
mod fields;
mod list;
mod raw;
mod word;

pub(crate) use self::{
    count::Count,
    fields::{Fields, Slot, fields, read_object},
    list::{Beginning, List, items},
    raw::{is_meaningful, nested, parsed, parsed_value, read_event, read_whole},
    word::{Arguments, Word},
};
