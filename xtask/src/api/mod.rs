//! The public API of the crates, written down: `cargo xtask api`.
//!
//! A change of the API is then seen where a change is looked at, and none happens by accident.

mod rustdoc;
mod snapshot;

pub(crate) use rustdoc::{is_called_as_rustdoc, run_rustdoc};
pub(crate) use snapshot::{LINE, compare, write};
