//! Lists the public API of the crates in files of the repository: `cargo xtask api`.
//!
//! The diff of a commit then shows each change of the API, so that the API does not change by
//! accident.

mod rustdoc;
mod snapshot;

pub(crate) use rustdoc::{is_called_as_rustdoc, run_rustdoc};
pub(crate) use snapshot::{LINE, compare, write};
