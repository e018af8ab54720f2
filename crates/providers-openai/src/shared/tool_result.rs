//! The results of tools, as far as both APIs take them alike.

use runnable_chat::{ContentBlock, ToolMessage, message::ToolStatus};

/// What a model reads of a tool that failed and does not say why.
pub(crate) const FAILED: &str = "The tool failed and did not say why.";

/// Whether a tool failed and says nothing about it: neither API has a field for that, so that the
/// model would take an empty result for a success.
pub(crate) fn failed_without_words(result: &ToolMessage) -> bool {
    result.status == ToolStatus::Error && result.content.iter().all(is_blank)
}

/// Whether a block is text of white space alone.
pub(crate) fn is_blank(block: &ContentBlock) -> bool {
    matches!(block, ContentBlock::Text(block) if block.text.trim().is_empty())
}
