//! The steps of CI.

mod deny;
mod features;
mod oldest_rust;
mod package;
mod pipeline;
mod semver;
mod step;
mod tool;

pub(crate) use pipeline::{list, run};
