//! Tools that a model may want to be called.

mod choice;
mod definition;

pub use self::{choice::ToolChoice, definition::ToolDefinition};
