//! Writes requests.

use runnable_chat::{
    model::{ChatRequest, ReasoningEffort, ResponseFormat},
    tool::ToolDefinition,
};
use runnable_core::Result;
use serde::Serialize;
use serde_json::json;

use super::message::Messages;
use crate::{
    body::{Body, effort, number, tool_choice, unsupported},
    protocol::OpenAiProtocol,
    schema::{AnswerSchema, Function},
    service::{Effort, Quirks},
};

/// The body of a request.
pub(crate) fn body(protocol: &OpenAiProtocol, request: &ChatRequest) -> Result<Vec<u8>> {
    let (options, quirks) = (&request.options, &protocol.quirks);
    let mut body = Body::new(request);
    body.set("model", &protocol.model)?;
    body.set("messages", &Messages::new(protocol).write(&request.prompt.messages)?)?;
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
        let tools = options.tools.iter().map(|tool| Tool::of(tool, quirks));
        body.set("tools", &tools.collect::<Result<Vec<_>>>()?)?;
    }
    let named = |name: &str| json!({"type": "function", "function": {"name": name}});
    body.set_some("tool_choice", tool_choice(options, quirks, named)?)?;
    body.set_some("parallel_tool_calls", options.parallel_tool_calls)?;
    if let Some(format) = &options.response_format {
        let format = match format {
            ResponseFormat::Text => Format { kind: "text", json_schema: None },
            ResponseFormat::Json => Format { kind: "json_object", json_schema: None },
            ResponseFormat::JsonSchema(format) => {
                let schema = AnswerSchema::of(format, quirks)?;
                Format { kind: "json_schema", json_schema: Some(schema) }
            }
            other => return Err(unsupported(format_args!("the response format {other:?}"))),
        };
        body.set("response_format", &format)?;
    }
    body.finish()
}

/// A tool that may be called.
#[derive(Serialize)]
struct Tool<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    function: Function<'a>,
}

impl<'a> Tool<'a> {
    fn of(tool: &'a ToolDefinition, quirks: &Quirks) -> Result<Self> {
        Ok(Self { kind: "function", function: Function::of(tool, quirks)? })
    }
}

/// What the answer is to be.
#[derive(Serialize)]
struct Format<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    json_schema: Option<AnswerSchema<'a>>,
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
