//! What a program can set for an agent: its limits, the policies of its tools, and its rounds.

mod answer_format;
mod round;
#[expect(
    clippy::module_inception,
    reason = "the main type of the folder has the same name as the folder"
)]
mod settings;
mod tool_policy;

pub(crate) use self::{
    answer_format::{AnswerFormat, read},
    settings::Settings,
};
pub use self::{round::Round, tool_policy::ToolPolicy};
