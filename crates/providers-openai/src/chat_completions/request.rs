//! Writes requests.

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
        Asked, Body, Function, effort, has_tools, instructions_of, number, tool_choice, unsupported,
    },
};

/// The body of a request.
pub(crate) fn body(served: &ServedModel, request: &ChatRequest) -> Result<Vec<u8>> {
    let (options, quirks) = (&request.options, &served.quirks);
    // Most requests have no schema.
    let schemas = LazyCell::new(|| served.schemas());
    let format = options.response_format.as_ref().map(|it| Format::of(it, &schemas)).transpose()?;
    let mut body = Body::new(request);
    body.set("model", &served.name)?;
    let instructions = format.as_ref().and_then(|format| format.asked.as_ref());
    let instructions = instructions_of(instructions, options, RESPONSE_FORMAT);
    let told = instructions.map(|words| told(&request.prompt.messages, words));
    let messages = match &told {
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
    if let Some(asked) = options.reasoning_effort {
        set_effort(&mut body, asked, quirks.effort)?;
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

/// A conversation that begins with instructions: its first message, and the others. The instructions
/// join the system message that is there, because some models take one only.
fn told<'a>(messages: &'a [Message], instructions: &str) -> (Message, &'a [Message]) {
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

/// A tool that may be called.
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

/// What the answer is to be.
#[derive(Serialize)]
struct Format<'a> {
    /// Empty if the prompt alone says it.
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "json_schema", skip_serializing_if = "Format::is_told")]
    asked: Option<Asked<'a>>,
}

impl<'a> Format<'a> {
    fn of(format: &'a ResponseFormat, schemas: &Schemas) -> Result<Self> {
        let (kind, asked) = match format {
            ResponseFormat::Text => ("text", None),
            ResponseFormat::Json => ("json_object", None),
            ResponseFormat::JsonSchema(format) => {
                let asked = Asked::of(format, schemas);
                (asked.kind(), Some(asked))
            }
            other => return Err(unsupported(format_args!("the response format {other:?}"))),
        };
        Ok(Self { kind, asked })
    }

    fn is_told(asked: &Option<Asked<'_>>) -> bool {
        !matches!(asked, Some(Asked::Schema(_)))
    }
}

fn set_effort(body: &mut Body<'_>, asked: ReasoningEffort, how: Effort) -> Result<()> {
    match (how, asked) {
        (Effort::Word { max }, asked) => body.set("reasoning_effort", effort(asked, max)?),
        (Effort::Object, ReasoningEffort::Budget(tokens)) => {
            body.set("reasoning", &json!({"max_tokens": tokens}))
        }
        (Effort::Object, asked) => {
            body.set("reasoning", &json!({"effort": effort(asked, "xhigh")?}))
        }
        (Effort::Switch, ReasoningEffort::None) => {
            body.set("thinking", &json!({"type": "disabled"}))
        }
        (Effort::Switch, asked) => {
            effort(asked, "high")?;
            body.set("thinking", &json!({"type": "enabled"}))
        }
    }
}
