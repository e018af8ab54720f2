//! Requests that count the tokens of a prompt.

use std::sync::{Arc, Mutex};

use futures::future::{BoxFuture, FutureExt};
use providers_openai::{Api, OpenAiBuilder, groq, openai};
use runnable_chat::{model::ResponseFormat, prelude::*, tool::ToolDefinition};
use runnable_http::{Bytes, HttpBody, Transport, http};
use serde_json::{Value, json};

/// A transport that responds to each request with this status and body, and records the requests.
#[derive(Clone)]
struct Service {
    status: u16,
    body: Value,
    requests: Arc<Mutex<Vec<http::Request<Bytes>>>>,
}

impl Service {
    fn new(status: u16, body: Value) -> Self {
        Self { status, body, requests: Arc::default() }
    }

    fn model(&self, builder: OpenAiBuilder) -> ChatModel {
        let service = self.clone();
        let builder = builder.env(|_| None).api_key("k");
        builder.http(|client| client.transport(service)).build().unwrap()
    }

    /// Returns the path and the body of the only request.
    fn request(&self) -> (String, Value) {
        let requests = self.requests.lock().unwrap();
        assert_eq!(requests.len(), 1);
        let body = serde_json::from_slice(requests[0].body()).unwrap();
        (requests[0].uri().path().to_owned(), body)
    }
}

impl Transport for Service {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<HttpBody>>> {
        self.requests.lock().unwrap().push(request);
        let answer = http::Response::builder().status(self.status);
        let body = HttpBody::from(self.body.to_string());
        async move { Ok(answer.header("content-type", "application/json").body(body).unwrap()) }
            .boxed()
    }
}

fn counted() -> Service {
    Service::new(200, json!({"object": "response.input_tokens", "input_tokens": 11}))
}

#[tokio::test]
async fn models_of_both_apis_count_with_the_responses_api() {
    for api in [Api::ChatCompletions, Api::Responses] {
        let service = counted();
        let model = service.model(openai("gpt-5").api(api));
        assert_eq!(model.count_tokens("Tell me a joke.").await.unwrap(), Some(11));
        let (path, body) = service.request();
        assert_eq!(path, "/v1/responses/input_tokens");
        let message = json!({"type": "message", "role": "user", "content": "Tell me a joke."});
        assert_eq!(body, json!({"model": "gpt-5", "input": [message]}));
    }
}

#[tokio::test]
async fn only_the_options_that_are_part_of_the_input_are_sent() {
    let service = counted();
    let clock = ToolDefinition::new("clock", "", json!({"type": "object", "properties": {}}));
    let model = service
        .model(openai("gpt-5"))
        .tools([clock])
        .response_format(ResponseFormat::Json)
        .temperature(0.5)
        .max_tokens(100)
        .stop(["END"])
        .seed(7)
        .extra("store", false)
        .extra("previous_response_id", "resp_1");
    assert_eq!(model.count_tokens("Hi").await.unwrap(), Some(11));
    let (_, body) = service.request();
    let mut names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["input", "model", "previous_response_id", "text", "tools"]);
}

#[tokio::test]
async fn a_conversation_with_a_tool_call_is_counted() {
    let service = counted();
    let call = AiMessage::new("").with_block(ToolCall::new("call_1", "clock", json!({})));
    let messages = [human("How late?"), call.into(), ToolMessage::new("call_1", "noon").into()];
    service.model(openai("gpt-4o-mini")).count_tokens(messages).await.unwrap();
    let (_, body) = service.request();
    let kinds: Vec<_> =
        body["input"].as_array().unwrap().iter().map(|item| &item["type"]).collect();
    assert_eq!(kinds[1..], ["function_call", "function_call_output"]);
}

#[tokio::test]
async fn a_service_without_this_request_cannot_count() {
    let service = counted();
    assert_eq!(service.model(groq("llama-3.3-70b")).count_tokens("Hi").await.unwrap(), None);
    assert!(service.requests.lock().unwrap().is_empty());

    let gateway = Service::new(404, json!({"error": {"message": "unknown path"}}));
    let model = gateway.model(openai("gpt-5").base_url("https://gateway.example/v1"));
    assert_eq!(model.count_tokens("Hi").await.unwrap(), None);
}

#[tokio::test]
async fn a_failed_count_is_an_error() {
    let refused = Service::new(401, json!({"error": {"message": "wrong key"}}));
    let error = refused.model(openai("gpt-5")).count_tokens("Hi").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    let odd = Service::new(200, json!({"object": "response.input_tokens"}));
    let error = odd.model(openai("gpt-5")).count_tokens("Hi").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    let error = odd.model(openai("gpt-5")).temperature(-1.0).count_tokens("Hi").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
