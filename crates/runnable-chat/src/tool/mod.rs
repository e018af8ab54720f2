//! Tools that a model can call, and the step that runs the tool calls.

mod args;
mod call_step;
mod choice;
mod definition;
mod function;
mod output;
mod toolbox;
mod typed_tool;

pub use self::{
    args::ToolArgs,
    call_step::ToolCallStep,
    choice::ToolChoice,
    definition::ToolDefinition,
    function::{Tool, tool},
    output::{ToolContent, ToolOutput},
    toolbox::{Toolbox, toolbox},
    typed_tool::{TypedTool, typed_tool},
};
