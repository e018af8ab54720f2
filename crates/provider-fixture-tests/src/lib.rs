//! Replays recorded responses of language-model services to the provider crates.
//!
//! Run it with `cargo xtask fixtures`. A case is a folder with a recorded request, the unchanged
//! response, and the expected result, which an independent client returned for this response. In a
//! replay, a server on the loopback interface sends the response to a model of a provider crate.
//! The result of the model is compared with the expected result, field by field.
//!
//! The recordings belong to other projects and are not part of this project.
//!
//! # Exceptions from the exact comparison
//!
//! - Class names of other clients are not compared.
//! - A token count that the expected result lacks is accepted if it occurs in the response. Other
//!   clients ignore some token counts, and all token counts after an error.
//! - Citations are compared by their content, because the field names of the standard format differ
//!   from those of the services.
//! - After an error about an exhausted quota, the provider crates do not retry, although the
//!   service's own client does.
//! - For a few cases, a provider crate deliberately returns a different result. Such a case is an
//!   argued deviation if exactly the known fields differ, and the report prints the reason. Any
//!   other difference is a failure.

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
