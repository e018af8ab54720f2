//! What services answer when they refuse or fail, and the class of it.

mod api_error;
mod body;
mod class;
mod duration;
mod excerpt;
mod retry_after;

pub use api_error::ApiError;
pub(crate) use api_error::request_id;
pub(crate) use excerpt::{excerpt, page_title};
