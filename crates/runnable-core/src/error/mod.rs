//! The error of a call: its kind, its path, its attempts and its causes.

mod attempts;
mod cancel_cause;
mod debug;
mod foreign;
mod kind_name;
mod part;
mod response;
mod response_details;
mod run_error;

pub(crate) use self::part::Part;
pub use self::{
    cancel_cause::CancelCause,
    response_details::ResponseDetails,
    run_error::{BoxError, Error, ErrorKind, Result, TimeoutPhase},
};
