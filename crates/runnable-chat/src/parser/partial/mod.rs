//! JSON that is read as it comes.
//!
//! Of its own, since what there is either reads whole documents, or reads all of a half one anew
//! for each piece that comes, or tells of tokens once they are whole, and so not of half a text.

mod document;
mod known;
mod number;
mod quoted;

pub(super) use self::{document::PartialJson, known::KnownJson};
use self::{number::PartialNumber, quoted::Quoted};
