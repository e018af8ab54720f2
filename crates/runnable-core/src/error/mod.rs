//! The error of a run: its class, where it arose, and why.

mod attempts;
mod debug;
mod foreign;
mod part;
mod run_error;

pub(crate) use self::part::Part;
pub use self::run_error::{BoxError, Error, ErrorKind, Result, TimeoutPhase};
