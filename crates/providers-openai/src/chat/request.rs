//! Writes requests.

use runnable_chat::model::{ChatRequest, ReasoningEffort, ResponseFormat};
use runnable_core::Result;
use serde_json::{Value, json};

use super::message::Messages;
use crate::{
    body::{Body, effort, function, number, schema, tool_choice, unsupported},
    protocol::OpenAiProtocol,
    service::Effort,
};

/// The body of a request.
pub(crate) fn body(protocol: &OpenAiProtocol, request: &ChatRequest) -> Result<Value> {
    let (options, quirks) = (&request.options, &protocol.quirks);
    let mut body = Body::default();
    body.set("model", protocol.model.as_str());
    body.set("messages", Messages::new(protocol).write(&request.prompt.messages)?);
    if request.streaming {
        body.set("stream", true);
        if quirks.asks_usage {
            body.set("stream_options", json!({"include_usage": true}));
        }
    }
    body.set_some("temperature", options.temperature.map(number));
    body.set_some("top_p", options.top_p.map(number));
    body.set_some(quirks.seed, options.seed);
    body.set_some(quirks.max_tokens, options.max_tokens);
    if !options.stop.is_empty() {
        body.set("stop", options.stop.as_slice());
    }
    if let Some(likeliest) = options.logprobs {
        body.set("logprobs", true);
        body.set_some("top_logprobs", Some(likeliest).filter(|likeliest| *likeliest > 0));
    }
    if let Some(asked) = options.reasoning_effort {
        set_effort(&mut body, asked, quirks.effort)?;
    }
    if !options.tools.is_empty() {
        let tools = options
            .tools
            .iter()
            .map(|tool| Ok(json!({"type": "function", "function": function(tool, quirks)?})));
        body.set("tools", tools.collect::<Result<Vec<Value>>>()?);
    }
    let named = |name: &str| json!({"type": "function", "function": {"name": name}});
    body.set_some("tool_choice", tool_choice(options, quirks, named)?);
    body.set_some("parallel_tool_calls", options.parallel_tool_calls);
    if let Some(format) = &options.response_format {
        body.set(
            "response_format",
            match format {
                ResponseFormat::Text => json!({"type": "text"}),
                ResponseFormat::Json => json!({"type": "json_object"}),
                ResponseFormat::JsonSchema(format) => {
                    json!({"type": "json_schema", "json_schema": schema(format, quirks)?})
                }
                other => return Err(unsupported(format_args!("the response format {other:?}"))),
            },
        );
    }
    Ok(body.extend(&options.extras))
}

fn set_effort(body: &mut Body, asked: ReasoningEffort, how: Effort) -> Result<()> {
    match (how, asked) {
        (Effort::Word { max }, asked) => body.set("reasoning_effort", effort(asked, max)?),
        (Effort::Object, ReasoningEffort::Budget(tokens)) => {
            body.set("reasoning", json!({"max_tokens": tokens}));
        }
        (Effort::Object, asked) => {
            body.set("reasoning", json!({"effort": effort(asked, "xhigh")?}));
        }
        (Effort::Switch, ReasoningEffort::None) => {
            body.set("thinking", json!({"type": "disabled"}));
        }
        (Effort::Switch, asked) => {
            effort(asked, "high")?;
            body.set("thinking", json!({"type": "enabled"}));
        }
    }
    Ok(())
}
