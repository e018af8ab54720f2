//! The headers of responses, in the formats of all known services.

mod content_type;
pub(crate) mod date;
pub(crate) mod duration;
mod moment;
mod rate_limits;
mod request_id;
mod retry_after;

pub use self::{content_type::ContentType, rate_limits::rate_limits};
pub(crate) use self::{request_id::request_id, retry_after::retry_after};
