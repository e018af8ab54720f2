//! The content of a run: its input and its output, as attributes of both conventions. It is only
//! recorded on request.

mod documents;
mod gen_ai_message;
mod json_text;
mod media;
mod openinference_message;
mod run_content;

pub(crate) use self::{json_text::json_text, run_content::RunContent};
