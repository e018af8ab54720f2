//! Encodes the body of a request.

use std::cell::LazyCell;

use runnable_chat::model::{ChatRequest, ReasoningEffort, ResponseFormat};
use runnable_core::Result;
use serde::Serialize;
use serde_json::json;

use super::message::Input;
use crate::{
    dialect::Schemas,
    served_model::ServedModel,
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
    let refuse = |option| {
        let advice = "not supported by the Responses API; remove it, or use `Api::ChatCompletions`";
        Err(unsupported(format_args!("{option}: {advice}")))
    };
    if !options.stop.is_empty() {
        return refuse("`stop`");
    }
    if options.seed.is_some() {
        return refuse("`seed`");
    }
    let stores = options.extras.get("store").is_none_or(|store| store != false);
    let format = options
        .response_format
        .as_ref()
        .map(|response_format| format(response_format, &schemas))
        .transpose()?;
    let mut body = Body::new(request);
    body.set("model", &served.name)?;
    let schema = format.as_ref().and_then(|format| format.fields.as_ref());
    let mut input = Input::new(served, stores);
    if let Some(instructions) = instructions_of(schema, options, "text") {
        input.instruct(instructions);
    }
    body.set("input", &input.write(&request.prompt.messages)?)?;
    if request.streaming {
        body.set("stream", &true)?;
    }
    body.set_some("temperature", options.temperature.map(number))?;
    body.set_some("top_p", options.top_p.map(number))?;
    body.set_some("max_output_tokens", options.max_tokens)?;
    let mut include = Vec::new();
    if let Some(level) = options.reasoning_effort {
        body.set("reasoning", &json!({"effort": effort(level, "xhigh")?}))?;
    }
    let reasons = options.reasoning_effort.is_some_and(|level| level != ReasoningEffort::None);
    if served.reasons() || reasons {
        // Without the encrypted reasoning, later requests could send reasoning back only by its ID,
        // and only while the service stores it.
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
            let mut function = Function::of(tool, &schemas);
            // Send `false` explicitly, because tools are strict by default in this API.
            function.strict = Some(function.strict.unwrap_or(false));
            Typed::new("function", function)
        });
        body.set("tools", &tools.collect::<Vec<_>>())?;
    }
    if has_tools(options) {
        let named = |name: &str| json!({"type": "function", "name": name});
        body.set_some("tool_choice", tool_choice(options, quirks, named)?)?;
        body.set_some("parallel_tool_calls", options.parallel_tool_calls)?;
    }
    if let Some(Typed { kind, fields }) = format.filter(|format| !format.kind.is_empty()) {
        let fields = fields.filter(|schema| matches!(schema, SchemaRequest::Schema(_)));
        body.set("text", &json!({"format": Typed::new(kind, fields)}))?;
    }
    body.finish()
}

fn format<'a>(
    format: &'a ResponseFormat,
    schemas: &Schemas,
) -> Result<Typed<Option<SchemaRequest<'a>>>> {
    Ok(match format {
        ResponseFormat::Text => Typed::new("text", None),
        ResponseFormat::Json => Typed::new("json_object", None),
        ResponseFormat::JsonSchema(format) => {
            let schema = SchemaRequest::of(format, schemas);
            Typed::new(schema.kind(), Some(schema))
        }
        other => {
            return Err(unsupported(format_args!(
                "the response format {other:?} is not supported by this API"
            )));
        }
    })
}

/// A value with a `type` field.
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
