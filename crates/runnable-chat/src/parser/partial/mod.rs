//! An incremental JSON parser, which can return an incomplete document.
//!
//! Existing crates were rejected for one of three reasons: they parse only complete documents, they
//! parse an incomplete document from its start for each chunk, or they report a token only when the
//! token is complete, so they cannot return a part of a string.

mod document;
mod known;
mod number;
mod quoted;

pub(super) use self::{document::PartialJson, known::KnownJson};
use self::{number::PartialNumber, quoted::Quoted};
