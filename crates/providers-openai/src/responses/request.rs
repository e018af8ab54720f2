//! Writes requests.

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
        Asked, Body, Function, effort, has_tools, instructions_of, number, tool_choice, unsupported,
    },
};

/// The body of a request.
pub(crate) fn body(served: &ServedModel, request: &ChatRequest) -> Result<Vec<u8>> {
    let (options, quirks) = (&request.options, &served.quirks);
    // Most requests have no schema.
    let schemas = LazyCell::new(|| served.schemas());
    let refuse = |what| {
        let advice =
            "the Responses API does not take it; leave it out, or use `Api::ChatCompletions`";
        Err(unsupported(format_args!("{what}: {advice}")))
    };
    if !options.stop.is_empty() {
        return refuse("`stop`");
    }
    if options.seed.is_some() {
        return refuse("`seed`");
    }
    let stores = options.extras.get("store").is_none_or(|store| store != false);
    let format = options.response_format.as_ref().map(|it| format(it, &schemas)).transpose()?;
    let mut body = Body::new(request);
    body.set("model", &served.name)?;
    let asked = format.as_ref().and_then(|format| format.fields.as_ref());
    let mut input = Input::new(served, stores);
    if let Some(instructions) = instructions_of(asked, options, "text") {
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
    if let Some(asked) = options.reasoning_effort {
        body.set("reasoning", &json!({"effort": effort(asked, "xhigh")?}))?;
    }
    let is_told = options.reasoning_effort.is_some_and(|effort| effort != ReasoningEffort::None);
    if served.reasons() || is_told {
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
            let mut function = Function::of(tool, &schemas);
            // Here, a tool is strict unless it says that it is not.
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
        let fields = fields.filter(|asked| matches!(asked, Asked::Schema(_)));
        body.set("text", &json!({"format": Typed::new(kind, fields)}))?;
    }
    body.finish()
}

fn format<'a>(format: &'a ResponseFormat, schemas: &Schemas) -> Result<Typed<Option<Asked<'a>>>> {
    Ok(match format {
        ResponseFormat::Text => Typed::new("text", None),
        ResponseFormat::Json => Typed::new("json_object", None),
        ResponseFormat::JsonSchema(format) => {
            let asked = Asked::of(format, schemas);
            Typed::new(asked.kind(), Some(asked))
        }
        other => return Err(unsupported(format_args!("the response format {other:?}"))),
    })
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
