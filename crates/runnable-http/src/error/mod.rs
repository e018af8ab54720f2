//! What services answer when they refuse or fail, and the class of it.

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
