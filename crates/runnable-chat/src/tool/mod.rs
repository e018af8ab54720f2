//! Tools that a model can call, and the step that runs the tool calls.

mod args;
mod choice;
mod definition;
mod function;
mod tool_run;
mod toolbox;
mod typed_tool;

pub use self::{
    args::ToolArgs,
    choice::ToolChoice,
    definition::ToolDefinition,
    function::{Tool, tool},
    toolbox::{Toolbox, toolbox},
    typed_tool::{TypedTool, typed_tool},
};
