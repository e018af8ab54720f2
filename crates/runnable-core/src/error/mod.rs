//! The error of a call: its kind, its path, its attempts and its causes.

mod attempts;
mod debug;
mod foreign;
mod part;
mod run_error;

pub(crate) use self::part::Part;
pub use self::run_error::{BoxError, Error, ErrorKind, Result, TimeoutPhase};
