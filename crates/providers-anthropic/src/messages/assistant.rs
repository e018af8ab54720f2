//! Encodes answers of the model, so that they can be sent back in later requests.

use std::{borrow::Cow, collections::HashSet};

use runnable_chat::{AiMessage, ContentBlock, message::InvalidToolCall};
use runnable_core::{Error, ErrorKind, Result};
use serde_json::{Value, json};

use super::{
    content::{Block, Call, Extras, call_id, input, kind_of},
    open_block::RESULT_TYPE,
    reader::PROVIDER,
};

/// Encodes the content of an answer in the form of the API: a list of blocks.
///
/// A request contains earlier answers in the same form, but without the content that the API would
/// reject: text of only whitespace, reasoning that has no signature or is at the end of the answer,
/// and invalid tool calls without a result.
///
/// ```
/// use providers_anthropic::encode_content;
/// use runnable_chat::prelude::*;
/// use serde_json::json;
///
/// # fn main() -> Result<()> {
/// let answer = AiMessage::new("Let me see.").with_block(ToolCall::new("toolu_1", "clock", json!({})));
/// assert_eq!(
///     encode_content(&answer)?,
///     json!([
///         {"type": "text", "text": "Let me see."},
///         {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {}},
///     ]),
/// );
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Returns [`Unsupported`](ErrorKind::Unsupported) if the API does not support a block of the
/// answer.
pub fn encode_content(answer: &AiMessage) -> Result<Value> {
    let mut blocks = Vec::new();
    for block in &answer.content {
        blocks.extend(encode(block, Origin::of(answer)).map_err(|problem| {
            Error::new(ErrorKind::Unsupported, format!("the answer has {problem}"))
        })?);
    }
    Ok(serde_json::to_value(blocks)?)
}

/// Encodes an answer as a turn of the model in the conversation. `calls_with_results` contains the
/// IDs of the tool calls that have a result. The error describes the block that is not supported.
pub(super) fn turn<'a>(
    answer: &'a AiMessage,
    calls_with_results: &HashSet<&str>,
) -> Result<Vec<Block<'a>>, String> {
    let mut blocks = Vec::new();
    for block in &answer.content {
        let sent = match block {
            ContentBlock::Reasoning(block) => {
                block.signature.is_some() || block.encrypted.is_some()
            }
            ContentBlock::InvalidToolCall(InvalidToolCall { id: Some(id), .. }) => {
                calls_with_results.contains(id.as_str())
            }
            ContentBlock::InvalidToolCall(_) => false,
            _ => true,
        };
        if sent {
            blocks.extend(encode(block, Origin::of(answer))?.filter(|block| !block.is_blank()));
        }
    }
    // The API rejects reasoning at the end of a turn, for example of an answer that was truncated
    // during its reasoning.
    while let Some(Block::Thinking { .. } | Block::RedactedThinking { .. }) = blocks.last() {
        blocks.pop();
    }
    Ok(blocks)
}

/// The provider of an answer. Some content can be read only by the provider that produced it, and
/// is not sent to another provider.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    Anthropic,
    /// The answer was created by a program, or its provider is unknown.
    Unknown,
    Another,
}

impl Origin {
    fn of(answer: &AiMessage) -> Self {
        match answer.provider.as_deref() {
            Some(PROVIDER) => Self::Anthropic,
            None => Self::Unknown,
            Some(_) => Self::Another,
        }
    }
}

/// Encodes a block. Returns `None` for a block that is left out.
fn encode(block: &ContentBlock, origin: Origin) -> Result<Option<Block<'_>>, String> {
    let foreign = origin == Origin::Another;
    let extras = |extras| if foreign { Extras::None } else { Extras::Of(extras) };
    Ok(Some(match block {
        ContentBlock::Text(block) => Block::of_text(block, extras(&block.extras)),
        ContentBlock::Refusal(block) => {
            Block::Text { text: &block.refusal, citations: Vec::new(), extras: Extras::None }
        }
        ContentBlock::Reasoning(_) if origin != Origin::Anthropic => return Ok(None),
        ContentBlock::Reasoning(block) => match &block.encrypted {
            Some(data) => Block::RedactedThinking { data },
            None => Block::Thinking {
                thinking: &block.reasoning,
                signature: block.signature.as_deref(),
            },
        },
        ContentBlock::ToolCall(call) => Block::ToolUse(Call {
            id: call_id(call.id.as_deref().ok_or_else(|| call_without_id(&call.name))?),
            name: &call.name,
            input: match input(&call.args) {
                input if input.is_object() => input,
                _ => {
                    return Err(format!(
                        "a call of `{}` whose arguments are not a JSON object",
                        call.name
                    ));
                }
            },
            extras: extras(&call.extras),
        }),
        // Use the form that Anthropic recommends for arguments that are not valid JSON.
        ContentBlock::InvalidToolCall(call) => match &call.id {
            Some(id) => Block::ToolUse(Call {
                id: call_id(id),
                // The API rejects a call without a name.
                name: call.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("unknown"),
                input: Cow::Owned(json!({"INVALID_JSON": call.args.as_deref().unwrap_or("")})),
                extras: extras(&call.extras),
            }),
            None => return Ok(None),
        },
        _ if foreign => return foreign_block(block),
        ContentBlock::ServerToolCall(call) => {
            let server_call = Call {
                id: call_id(call.id.as_deref().ok_or_else(|| call_without_id(&call.name))?),
                name: &call.name,
                input: input(&call.args),
                extras: Extras::Of(&call.extras),
            };
            if call.extras.contains_key("server_name") {
                Block::McpToolUse(server_call)
            } else {
                Block::ServerToolUse(server_call)
            }
        }
        ContentBlock::ServerToolResult(result) => Block::ServerResult {
            kind: result.extras.get(RESULT_TYPE).and_then(Value::as_str).ok_or_else(|| {
                format!(
                    "a server tool result without a type, for the call `{}`; set the extra \
                     `{RESULT_TYPE}` of the result, for example to `web_search_tool_result`",
                    result.tool_call_id
                )
            })?,
            tool_use_id: &result.tool_call_id,
            content: &result.output,
            extras: Extras::Of(&result.extras),
        },
        ContentBlock::Other(fields) => match block.as_non_standard() {
            Some(Value::Object(fields)) => Block::Raw(Cow::Borrowed(fields)),
            Some(_) => return Ok(None),
            None => Block::Raw(Cow::Borrowed(fields)),
        },
        media => return Err(unsupported(media)),
    }))
}

/// Encodes a block of another provider that has no form in this API. Returns `None` for a server
/// tool, because the text of the answer already reflects its result. Media are an error.
fn foreign_block(block: &ContentBlock) -> Result<Option<Block<'_>>, String> {
    match block {
        ContentBlock::ServerToolCall(_)
        | ContentBlock::ServerToolResult(_)
        | ContentBlock::Other(_) => Ok(None),
        media => Err(unsupported(media)),
    }
}

fn call_without_id(name: &str) -> String {
    format!("a call of `{name}` without an ID, which the Anthropic API requires")
}

fn unsupported(block: &ContentBlock) -> String {
    format!("{}, which the Anthropic API supports only in human messages", kind_of(block))
}
