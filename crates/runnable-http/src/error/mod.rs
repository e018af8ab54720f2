//! The errors that services return, and their kinds.

mod api_error;
mod cause;
mod class;
mod error_body;
mod error_response;
mod excerpt;

pub use self::api_error::ApiError;
pub(crate) use self::{
    cause::cause,
    excerpt::{WINDOW, excerpt, masked_excerpt, page_title},
};
