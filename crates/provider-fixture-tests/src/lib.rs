//! Replays recorded responses of language-model services to the provider crates.
//!
//! Run it with `cargo xtask fixtures`. A case is a folder with a recorded request, its unchanged
//! response, and the result that an independent client returned. A server on the loopback interface
//! sends the response, a provider crate reads it through its public API, and the result is compared
//! field by field.
//!
//! The recordings belong to other projects and are not part of this one.
//!
//! # Exceptions from the exact comparison
//!
//! - Class names of other clients are not compared.
//! - A token count that is not expected is accepted if it occurs in the response. Other clients
//!   ignore some details, and all counts after an error.
//! - Citations are compared by their content, because the standard form has other field names.
//! - An exhausted quota is not retried, although the service's own client retries it.
//! - A case that is deliberately read differently is an argued deviation, if exactly the known
//!   fields differ. The report prints the reason. Any other difference is a failure.

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
