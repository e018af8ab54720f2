//! An incremental JSON parser, which shows incomplete documents.
//!
//! Existing crates were rejected for one of three reasons: they parse only complete documents, they
//! parse an incomplete document from its start for each chunk, or they report tokens only when
//! these are complete and so cannot show a part of a string.

mod document;
mod known;
mod number;
mod quoted;

pub(super) use self::{document::PartialJson, known::KnownJson};
use self::{number::PartialNumber, quoted::Quoted};
