//! Recorded answers of language-model services, replayed to the crates of their providers.
//!
//! `cargo xtask fixtures` runs it. A case is a folder: the request and the answer as they were
//! recorded, byte for byte, and what an independent client made of them. A loopback server gives
//! the answer, the provider's crate reads it through its public API, and what it made of it is
//! compared field by field.
//!
//! The recordings are other people's, and no part of this project.

pub mod catalog;

mod blocks;
mod case;
mod collection;
mod comparison;
mod cut;
mod error_fields;
mod fields;
mod observation;
mod replay;
mod report;
mod request;
mod sameness;
mod suite;

pub use crate::{
    case::Case,
    collection::{Collection, find},
    comparison::{Difference, compare},
    observation::Observation,
    report::Report,
    suite::Suite,
};
