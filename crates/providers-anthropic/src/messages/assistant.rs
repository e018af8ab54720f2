//! What the model said, as it is sent back.

use std::{borrow::Cow, collections::HashSet};

use runnable_chat::{AiMessage, ContentBlock, message::InvalidToolCall};
use runnable_core::{Error, ErrorKind, Result};
use serde_json::{Value, json};

use super::{
    content::{Block, Call, Extras, call_id, input, kind_of},
    open_block::RESULT_TYPE,
    reader::PROVIDER,
};

/// The content of an answer in the API's form: a list of blocks, as they came. The same code writes
/// the turns of the model in requests; there, what the API would refuse is left out: text of white
/// space, thoughts without a signature or at the end, and calls that could not be read and were not answered.
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
/// Of kind [`Unsupported`](ErrorKind::Unsupported) if a block has no such form.
pub fn encode_content(answer: &AiMessage) -> Result<Value> {
    let mut blocks = Vec::new();
    for block in &answer.content {
        blocks.extend(encode(block, Origin::of(answer)).map_err(|wrong| {
            Error::new(ErrorKind::Unsupported, format!("the answer has {wrong}"))
        })?);
    }
    Ok(serde_json::to_value(blocks)?)
}

/// The blocks of a turn in a request. The error says what is wrong with one.
pub(super) fn turn<'a>(
    answer: &'a AiMessage,
    answered: &HashSet<&str>,
) -> Result<Vec<Block<'a>>, String> {
    let mut blocks = Vec::new();
    for block in &answer.content {
        let sent = match block {
            ContentBlock::Reasoning(block) => {
                block.signature.is_some() || block.encrypted.is_some()
            }
            ContentBlock::InvalidToolCall(InvalidToolCall { id: Some(id), .. }) => {
                answered.contains(id.as_str())
            }
            ContentBlock::InvalidToolCall(_) => false,
            _ => true,
        };
        if sent {
            blocks.extend(encode(block, Origin::of(answer))?.filter(|block| !block.is_blank()));
        }
    }
    // The API refuses reasoning that nothing follows, as in an answer that was cut within it.
    while let Some(Block::Thinking { .. } | Block::RedactedThinking { .. }) = blocks.last() {
        blocks.pop();
    }
    Ok(blocks)
}

/// Who made an answer: what is bound to one provider goes to no other.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    Anthropic,
    /// A program, or a provider that nobody wrote down.
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

/// The API's form of a block; none of one that is bound to another provider.
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
            id: call_id(call.id.as_deref().ok_or_else(|| nameless(&call.name))?),
            name: &call.name,
            input: match input(&call.args) {
                input if input.is_object() => input,
                _ => {
                    return Err(format!(
                        "a call of `{}` whose arguments are no JSON object",
                        call.name
                    ));
                }
            },
            extras: extras(&call.extras),
        }),
        // The form that Anthropic recommends for arguments that are no JSON.
        ContentBlock::InvalidToolCall(call) => match &call.id {
            Some(id) => Block::ToolUse(Call {
                id: call_id(id),
                // The API takes no call without a name.
                name: call.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("unknown"),
                input: Cow::Owned(json!({"INVALID_JSON": call.args.as_deref().unwrap_or("")})),
                extras: extras(&call.extras),
            }),
            None => return Ok(None),
        },
        _ if foreign => return foreign_block(block),
        ContentBlock::ServerToolCall(call) => {
            let written = Call {
                id: call_id(call.id.as_deref().ok_or_else(|| nameless(&call.name))?),
                name: &call.name,
                input: input(&call.args),
                extras: Extras::Of(&call.extras),
            };
            match call.extras.contains_key("server_name") {
                true => Block::McpToolUse(written),
                false => Block::ServerToolUse(written),
            }
        }
        ContentBlock::ServerToolResult(result) => Block::ServerResult {
            kind: result.extras.get(RESULT_TYPE).and_then(Value::as_str).ok_or_else(|| {
                format!(
                    "the result of a server's tool, {}, that does not say of which type it is: set \
                     its extra `{RESULT_TYPE}`, such as to `web_search_tool_result`",
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
        media => return Err(unusual(media)),
    }))
}

/// What another provider's tools did is told in its answer; its pictures and sounds are not.
fn foreign_block(block: &ContentBlock) -> Result<Option<Block<'_>>, String> {
    match block {
        ContentBlock::ServerToolCall(_)
        | ContentBlock::ServerToolResult(_)
        | ContentBlock::Other(_) => Ok(None),
        media => Err(unusual(media)),
    }
}

fn nameless(name: &str) -> String {
    format!("a call of `{name}` without an id, which the API needs")
}

fn unusual(block: &ContentBlock) -> String {
    format!("{}, which the API takes from the user only", kind_of(block))
}
