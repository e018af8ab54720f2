//! Encodes the body of a request.

use std::{cell::LazyCell, iter};

use runnable_chat::{
    ContentBlock, Message,
    model::{ChatRequest, ReasoningEffort, ResponseFormat},
    system,
    tool::ToolDefinition,
};
use runnable_core::Result;
use serde::Serialize;
use serde_json::json;

use super::message::Messages;
use crate::{
    dialect::Schemas,
    served_model::ServedModel,
    service::Effort,
    shared::{
        Body, Function, SchemaRequest, effort, has_tools, instructions_of, number, tool_choice,
        unsupported,
    },
};

/// Returns the body of a request.
pub(crate) fn body(served: &ServedModel, request: &ChatRequest) -> Result<Vec<u8>> {
    let (options, quirks) = (&request.options, &served.quirks);
    // Most requests have no schema, so do not compute this in advance.
    let schemas = LazyCell::new(|| served.schemas());
    let format =
        options.response_format.as_ref().map(|format| Format::of(format, &schemas)).transpose()?;
    let mut body = Body::new(request);
    body.set("model", &served.name)?;
    let instructions = format.as_ref().and_then(|format| format.schema.as_ref());
    let instructions = instructions_of(instructions, options, RESPONSE_FORMAT);
    let instructed =
        instructions.map(|instructions| with_instructions(&request.prompt.messages, instructions));
    let messages = match &instructed {
        Some((first, rest)) => Messages::new(served).write(iter::once(first).chain(*rest))?,
        None => Messages::new(served).write(&request.prompt.messages)?,
    };
    body.set("messages", &messages)?;
    if request.streaming {
        body.set("stream", &true)?;
        if quirks.asks_usage {
            body.set("stream_options", &json!({"include_usage": true}))?;
        }
    }
    body.set_some("temperature", options.temperature.map(number))?;
    body.set_some("top_p", options.top_p.map(number))?;
    body.set_some(quirks.seed, options.seed)?;
    body.set_some(quirks.max_tokens, options.max_tokens)?;
    if !options.stop.is_empty() {
        body.set("stop", &options.stop)?;
    }
    if let Some(likeliest) = options.logprobs {
        body.set("logprobs", &true)?;
        body.set_some("top_logprobs", Some(likeliest).filter(|likeliest| *likeliest > 0))?;
    }
    if let Some(effort) = options.reasoning_effort {
        set_effort(&mut body, effort, quirks.effort)?;
    }
    if !options.tools.is_empty() {
        let tools = options.tools.iter().map(|tool| Tool::of(tool, &schemas));
        body.set("tools", &tools.collect::<Vec<_>>())?;
    }
    if has_tools(options) {
        let named = |name: &str| json!({"type": "function", "function": {"name": name}});
        body.set_some("tool_choice", tool_choice(options, quirks, named)?)?;
        body.set_some("parallel_tool_calls", options.parallel_tool_calls)?;
    }
    if let Some(format) = format.filter(|format| !format.kind.is_empty()) {
        body.set(RESPONSE_FORMAT, &format)?;
    }
    body.finish()
}

const RESPONSE_FORMAT: &str = "response_format";

/// Adds instructions to the start of a conversation. Returns the new first message, and the
/// messages that follow it. If the conversation starts with a system message, the instructions are
/// appended to that message, because some models accept only one system message.
fn with_instructions<'a>(messages: &'a [Message], instructions: &str) -> (Message, &'a [Message]) {
    match messages {
        [Message::System(first), rest @ ..] => {
            let mut first = first.clone();
            match first.content.as_mut_slice() {
                [ContentBlock::Text(block)] => {
                    block.text.push_str("\n\n");
                    block.text.push_str(instructions);
                }
                _ => first.content.push(ContentBlock::text(instructions)),
            }
            (first.into(), rest)
        }
        messages => (system(instructions), messages),
    }
}

/// A tool that the model may call.
#[derive(Serialize)]
struct Tool<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    function: Function<'a>,
}

impl<'a> Tool<'a> {
    fn of(tool: &'a ToolDefinition, schemas: &Schemas) -> Self {
        Self { kind: "function", function: Function::of(tool, schemas) }
    }
}

/// The requested form of the answer.
#[derive(Serialize)]
struct Format<'a> {
    /// The type of the form. Empty if only the prompt asks for the form.
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "json_schema", skip_serializing_if = "Format::is_in_prompt")]
    schema: Option<SchemaRequest<'a>>,
}

impl<'a> Format<'a> {
    fn of(format: &'a ResponseFormat, schemas: &Schemas) -> Result<Self> {
        let (kind, schema) = match format {
            ResponseFormat::Text => ("text", None),
            ResponseFormat::Json => ("json_object", None),
            ResponseFormat::JsonSchema(format) => {
                let schema = SchemaRequest::of(format, schemas);
                (schema.kind(), Some(schema))
            }
            other => {
                return Err(unsupported(format_args!(
                    "the response format {other:?} is not supported by this API"
                )));
            }
        };
        Ok(Self { kind, schema })
    }

    fn is_in_prompt(schema: &Option<SchemaRequest<'_>>) -> bool {
        !matches!(schema, Some(SchemaRequest::Schema(_)))
    }
}

fn set_effort(body: &mut Body<'_>, level: ReasoningEffort, form: Effort) -> Result<()> {
    match (form, level) {
        (Effort::Word { max }, level) => body.set("reasoning_effort", effort(level, max)?),
        (Effort::Object, ReasoningEffort::Budget(tokens)) => {
            body.set("reasoning", &json!({"max_tokens": tokens}))
        }
        (Effort::Object, level) => {
            body.set("reasoning", &json!({"effort": effort(level, "xhigh")?}))
        }
        (Effort::Switch, ReasoningEffort::None) => {
            body.set("thinking", &json!({"type": "disabled"}))
        }
        (Effort::Switch, level) => {
            effort(level, "high")?;
            body.set("thinking", &json!({"type": "enabled"}))
        }
    }
}
