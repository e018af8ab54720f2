//! What services answer when they refuse or fail, and the class of it.

mod answer;
mod api_error;
mod body;
mod class;
pub(crate) mod duration;
mod excerpt;
pub(crate) mod moment;
mod retry_after;

pub(crate) use answer::request_id;
pub use api_error::ApiError;
pub(crate) use excerpt::{WINDOW, excerpt, masked_excerpt, page_title};
