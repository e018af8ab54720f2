//! Rules for the results of tools that are the same in both APIs.

use runnable_chat::{ContentBlock, ToolMessage, message::ToolStatus};

/// The text that a model reads if a tool failed without an error message.
pub(crate) const FAILED: &str = "The tool failed and did not say why.";

/// Returns whether a tool failed without an error message. Neither API has a field for a failure,
/// so the model would take an empty result for a success.
pub(crate) fn failed_without_message(result: &ToolMessage) -> bool {
    result.status == ToolStatus::Error && result.content.iter().all(is_blank)
}

/// Returns whether a block is text that contains only whitespace.
pub(crate) fn is_blank(block: &ContentBlock) -> bool {
    matches!(block, ContentBlock::Text(block) if block.text.trim().is_empty())
}
