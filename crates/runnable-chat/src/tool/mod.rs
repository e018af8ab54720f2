//! Tools that a model can call, and the step that runs the tool calls.

#[doc(hidden)]
pub mod __private;
mod args;
mod call_step;
mod choice;
mod definition;
mod function;
mod input;
mod output;
mod toolbox;
mod typed_tool;

pub use self::{
    args::ToolArgs,
    call_step::ToolCallStep,
    choice::ToolChoice,
    definition::ToolDefinition,
    function::{Tool, tool},
    input::{ToolInput, ToolReturn},
    output::{ToolContent, ToolOutput},
    toolbox::{Toolbox, toolbox},
    typed_tool::{TypedTool, typed_tool},
};
