//! The requests that are sent.

use providers_openai::OpenAiBuilder;
use runnable_chat::{ChatOptions, PromptValue, model::ChatRequest};
use runnable_core::{ErrorKind, Result};
use runnable_http::chat::ChatProtocol;
use serde_json::Value;

/// Returns the body of a request that is not streamed.
pub(crate) fn body(
    model: OpenAiBuilder,
    prompt: impl Into<PromptValue>,
    options: ChatOptions,
) -> Value {
    try_body(model, prompt, options).expect("the request can be written")
}

/// Returns the body of a request, or the error of encoding it.
pub(crate) fn try_body(
    model: OpenAiBuilder,
    prompt: impl Into<PromptValue>,
    options: ChatOptions,
) -> Result<Value> {
    let request =
        model.protocol().encode(&ChatRequest::new(prompt, options).without_streaming())?;
    let body: Value = serde_json::from_slice(request.body()).expect("the body is JSON");
    assert_eq!(body.to_string().len(), request.body().len(), "no field is written twice");
    Ok(body)
}

/// Returns the message of the error of encoding a request.
pub(crate) fn refusal(
    model: OpenAiBuilder,
    prompt: impl Into<PromptValue>,
    options: ChatOptions,
) -> String {
    let error = try_body(model, prompt, options).expect_err("the request cannot be written");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    error.to_string()
}
