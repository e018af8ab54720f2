//! Writes requests.

use runnable_chat::model::{ChatRequest, ResponseFormat};
use runnable_core::Result;
use serde::Serialize;
use serde_json::json;

use super::input::Input;
use crate::{
    body::{Body, effort, number, tool_choice, unsupported},
    protocol::OpenAiProtocol,
    schema::{AnswerSchema, Function},
};

/// The body of a request.
pub(crate) fn body(protocol: &OpenAiProtocol, request: &ChatRequest) -> Result<Vec<u8>> {
    let (options, quirks) = (&request.options, &protocol.quirks);
    let refuse = |what| {
        let advice = "the Responses API does not take it; leave it out, or use `Api::Chat`";
        Err(unsupported(format_args!("{what}: {advice}")))
    };
    if !options.stop.is_empty() {
        return refuse("`stop`");
    }
    if options.seed.is_some() {
        return refuse("`seed`");
    }
    let stores = options.extras.get("store").is_none_or(|store| store != false);
    let mut body = Body::new(request);
    body.set("model", &protocol.model)?;
    body.set("input", &Input::new(protocol, stores).write(&request.prompt.messages)?)?;
    if request.streaming {
        body.set("stream", &true)?;
    }
    body.set_some("temperature", options.temperature.map(number))?;
    body.set_some("top_p", options.top_p.map(number))?;
    body.set_some("max_output_tokens", options.max_tokens)?;
    let mut include = Vec::new();
    if let Some(asked) = options.reasoning_effort {
        body.set("reasoning", &json!({"effort": effort(asked, "xhigh")?}))?;
    }
    if protocol.reasons() || options.reasoning_effort.is_some() {
        // Without it, thoughts can go back only while the service stores them.
        include.push("reasoning.encrypted_content");
    }
    if let Some(likeliest) = options.logprobs {
        include.push("message.output_text.logprobs");
        body.set("top_logprobs", &likeliest)?;
    }
    if !include.is_empty() {
        body.set("include", &include)?;
    }
    if !options.tools.is_empty() {
        let tools = options.tools.iter().map(|tool| {
            let mut function = Function::of(tool, quirks)?;
            // Here, a tool is strict unless it says that it is not.
            function.strict = Some(tool.strict);
            Ok(Typed::new("function", function))
        });
        body.set("tools", &tools.collect::<Result<Vec<_>>>()?)?;
    }
    let named = |name: &str| json!({"type": "function", "name": name});
    body.set_some("tool_choice", tool_choice(options, quirks, named)?)?;
    body.set_some("parallel_tool_calls", options.parallel_tool_calls)?;
    if let Some(format) = &options.response_format {
        let (kind, schema) = match format {
            ResponseFormat::Text => ("text", None),
            ResponseFormat::Json => ("json_object", None),
            ResponseFormat::JsonSchema(format) => {
                ("json_schema", Some(AnswerSchema::of(format, quirks)?))
            }
            other => return Err(unsupported(format_args!("the response format {other:?}"))),
        };
        body.set("text", &json!({"format": Typed::new(kind, schema)}))?;
    }
    body.finish()
}

/// Fields after a type.
#[derive(Serialize)]
struct Typed<T> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    fields: T,
}

impl<T> Typed<T> {
    fn new(kind: &'static str, fields: T) -> Self {
        Self { kind, fields }
    }
}
