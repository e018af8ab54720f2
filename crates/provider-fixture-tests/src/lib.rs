//! Recorded answers of language-model services, replayed to the crates of their providers.
//!
//! `cargo xtask fixtures` runs it. A case is a folder: the request and the answer as they were
//! recorded, byte for byte, and what an independent client made of them. A loopback server gives
//! the answer, the provider's crate reads it through its public API, and what it made of it is
//! compared field by field.
//!
//! The recordings are other people's, and no part of this project.
//!
//! # What is judged otherwise than word by word
//!
//! - The names of classes of other clients are not compared.
//! - A count of tokens that was not expected, be it a detail that another client does not read or
//!   all of them after an error, is right if it stands in the answer.
//! - Citations are compared by what they say: the standard form names their fields otherwise.
//! - A used-up quota is not asked again, though the service's own client does so.
//! - A case that is read otherwise on purpose has failed like any other; where just the fields differ
//!   that are known to, the reason is told.

pub mod catalog;

mod blocks;
mod case;
mod collection;
mod comparison;
mod cut;
mod deviation;
mod difference;
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
    comparison::compare,
    difference::Difference,
    observation::Observation,
    report::Report,
    suite::Suite,
};
