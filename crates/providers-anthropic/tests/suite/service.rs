//! Complete calls with a scripted transport.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};

use futures::future::{BoxFuture, FutureExt};
use providers_anthropic::{AnthropicBuilder, anthropic};
use runnable_chat::{ChatOptions, prelude::*, tool::ToolDefinition};
use runnable_http::{ApiError, Bytes, HttpBody, Transport, http};
use serde_json::{Value, json};

type Request = http::Request<Bytes>;

/// A transport that responds to each request with the next of its bodies, and records the requests.
#[derive(Clone, Default)]
struct Service {
    answers: Arc<Mutex<Vec<(&'static str, String)>>>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Service {
    fn new<const N: usize>(answers: [(&'static str, String); N]) -> Self {
        let mut answers = Vec::from(answers);
        answers.reverse();
        Self { answers: Arc::new(Mutex::new(answers)), requests: Arc::default() }
    }

    fn model(&self) -> AnthropicBuilder {
        let service = self.clone();
        anthropic("claude-sonnet-4-5")
            .base_url("https://gateway.example/anthropic/v1/")
            .http(|client| client.transport(service))
    }

    fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }
}

impl Transport for Service {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<http::Response<HttpBody>>> {
        self.requests.lock().unwrap().push(request);
        let (kind, body) = self.answers.lock().unwrap().pop().expect("no more answers");
        async move {
            let answer = http::Response::builder().header("content-type", kind);
            Ok(answer.header("request-id", "req_1").body(HttpBody::from(body)).unwrap())
        }
        .boxed()
    }
}

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

fn body(request: &Request) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

fn message() -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
        "content": [{"type": "text", "text": "Paris."}],
        "stop_reason": "end_turn", "usage": {"input_tokens": 5, "output_tokens": 2},
    })
}

#[tokio::test]
async fn an_invoked_model_does_not_request_a_stream() {
    let service = Service::new([(JSON, message().to_string())]);
    let model = service.model().api_key("sk-ant-1").beta("one").build().unwrap();
    let answer = model.invoke("What is the capital of France?").await.unwrap();
    assert_eq!(answer.text(), "Paris.");
    assert_eq!(answer.provider.as_deref(), Some("anthropic"));
    assert_eq!(answer.metadata["request_id"], "req_1");

    let requests = service.requests();
    assert_eq!(requests[0].uri(), "https://gateway.example/anthropic/v1/messages");
    let header = |name: &str| requests[0].headers()[name].to_str().unwrap();
    assert_eq!(header("x-api-key"), "sk-ant-1");
    assert_eq!(header("anthropic-version"), "2023-06-01");
    assert_eq!(header("anthropic-beta"), "one");
    assert_eq!(body(&requests[0]).get("stream"), None);
}

#[tokio::test]
async fn a_streamed_model_accepts_a_response_without_stream() {
    let events = "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":\
                  {\"type\":\"text_delta\",\"text\":\"Paris\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n";
    let service = Service::new([(EVENTS, events.into()), (JSON, message().to_string())]);
    let chain = service.model().auth_token("token-1").build().unwrap().pipe(text());
    assert_eq!(chain.stream("Capital?").concat().await.unwrap(), "Paris");
    assert_eq!(chain.stream("Capital?").concat().await.unwrap(), "Paris.");

    let requests = service.requests();
    assert_eq!(requests[0].headers()["authorization"], "Bearer token-1");
    assert_eq!(body(&requests[0])["stream"], true);
}

#[tokio::test]
async fn token_counting_leaves_out_output_options() {
    let service = Service::new([(JSON, json!({"input_tokens": 14}).to_string())]);
    let client = service.model().build_client().unwrap();
    let options =
        ChatOptions::new().max_tokens(9).temperature(0.5).stop(["x"]).extra("tools", json!([]));
    assert_eq!(client.count_tokens("How long is this?", options).await.unwrap(), 14);

    let requests = service.requests();
    assert_eq!(requests[0].uri().path(), "/anthropic/v1/messages/count_tokens");
    assert!(!requests[0].headers().contains_key("x-api-key"), "a service elsewhere may need none");
    assert_eq!(
        body(&requests[0]),
        json!({
            "model": "claude-sonnet-4-5",
            "messages": [{"role": "user", "content": [{"type": "text", "text": "How long is this?"}]}],
        })
    );
}

#[tokio::test]
async fn a_chat_model_counts_with_its_tools() {
    let service = Service::new([(JSON, json!({"input_tokens": 400}).to_string())]);
    let model = service.model().beta("one").build().unwrap();
    let clock = ToolDefinition::new("clock", "", json!({"type": "object"}));
    let count = model.tools([clock]).temperature(0.5).count_tokens("Hi").await.unwrap();
    assert_eq!(count, Some(400));

    let requests = service.requests();
    assert_eq!(requests[0].uri().path(), "/anthropic/v1/messages/count_tokens");
    assert_eq!(requests[0].headers()["anthropic-beta"], "one");
    let body = body(&requests[0]);
    assert_eq!(body["tools"][0]["name"], "clock");
    assert!(body.get("temperature").is_none() && body.get("max_tokens").is_none());
}

#[tokio::test]
async fn models_are_listed_page_by_page() {
    let page = |id: &str, more: bool| {
        let model = json!({
            "type": "model", "id": id, "display_name": id.to_uppercase(),
            "created_at": "1970-01-01T00:01:00Z",
        });
        (JSON, json!({"data": [model], "has_more": more, "last_id": id}).to_string())
    };
    let service = Service::new([page("a", true), page("b", false)]);
    let models = service.model().build_client().unwrap().list_models().await.unwrap();
    let ids: Vec<_> = models.iter().map(|model| model.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(models[0].display_name.as_deref(), Some("A"));
    assert_eq!(models[1].created_at, Some(UNIX_EPOCH + Duration::from_secs(60)));
    let requests = service.requests();
    assert_eq!(requests[1].uri().query(), Some("limit=1000&after_id=a"));
}

#[tokio::test]
async fn an_error_with_status_200_has_its_kind_in_every_verb() {
    for (body, kind) in [
        (
            r#"{"type": "error", "error": {"type": "rate_limit_error", "message": "so it says"}}"#,
            ErrorKind::RateLimit,
        ),
        (r#"{"error": {"message": "so it says", "code": 429}, "data": []}"#, ErrorKind::RateLimit),
        (
            r#"{"error": {"message": "so it says", "code": 529}, "data": null}"#,
            ErrorKind::Unavailable,
        ),
        (r#"{"detail": "too many requests, so it says"}"#, ErrorKind::RateLimit),
        (r#"{"message": "so it says", "code": 429}"#, ErrorKind::RateLimit),
        (r#"[{"error": {"code": 503, "message": "so it says"}}]"#, ErrorKind::Unavailable),
        (r#""overloaded, so it says""#, ErrorKind::Unavailable),
    ] {
        let service = Service::new([(JSON, body.to_owned()), (JSON, body.to_owned())]);
        let client = service.model().api_key("sk-ant-1").build_client().unwrap();
        let listed = client.list_models().await.unwrap_err();
        let counted = client.count_tokens("Hi", ChatOptions::new()).await.unwrap_err();
        for error in [listed, counted] {
            assert_eq!(error.kind(), kind, "{body}: {error}");
            assert!(error.message().contains("so it says"), "{body}: {error}");
            assert!(error.message().contains("gateway.example"), "{body}: {error}");
            assert!(error.downcast_ref::<ApiError>().is_some(), "{body}: {error:?}");
        }
    }
}

#[tokio::test]
async fn an_odd_field_of_a_token_count_or_of_a_list_affects_only_itself() {
    for body in [
        r#"{"input_tokens": "14"}"#,
        r#"{"input_tokens": 14.0, "context_management": NaN}"#,
        r#"{"input_tokens": 3, "input_tokens": 14, "input_tokens": null}"#,
        r#"{"input_tokens": 14, "error": {}, "type": "a", "type": "b"}"#,
    ] {
        let service = Service::new([(JSON, body.to_owned())]);
        let client = service.model().api_key("sk-ant-1").build_client().unwrap();
        let count = client.count_tokens("Hi", ChatOptions::new()).await;
        assert_eq!(count.unwrap_or_else(|error| panic!("{body}: {error}")), 14, "{body}");
    }
    for body in ["{}", r#"{"input_tokens": null}"#, r#"{"input_tokens": -1}"#, "14"] {
        let service = Service::new([(JSON, body.to_owned())]);
        let client = service.model().api_key("sk-ant-1").build_client().unwrap();
        let error = client.count_tokens("Hi", ChatOptions::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parse, "{body}");
    }
    let models = r#"[null, {"id": "a"}, {"id": 7}, {"id": "b", "id": null}]"#;
    for rest in [
        r#""has_more": null, "last_id": null"#,
        r#""has_more": "no", "last_id": 7"#,
        r#""has_more": false, "has_more": false, "first_id": NaN"#,
        r#""data": null"#,
    ] {
        let body = format!(r#"{{"data": {models}, {rest}}}"#);
        let service = Service::new([(JSON, body.clone())]);
        let client = service.model().api_key("sk-ant-1").build_client().unwrap();
        let models = client.list_models().await.unwrap_or_else(|error| panic!("{body}: {error}"));
        let ids: Vec<_> = models.iter().map(|model| model.id.as_str()).collect();
        assert_eq!(ids, ["a", "b"], "{body}");
    }
}

#[tokio::test]
async fn a_client_makes_several_models_of_one_service() {
    let service = Service::new([(JSON, message().to_string()), (JSON, message().to_string())]);
    let client = service.model().build_client().unwrap();
    assert_eq!(client.model(), "claude-sonnet-4-5");
    for name in [client.model(), "claude-haiku-4-5"] {
        let model = client.chat_model(name);
        assert_eq!(model.model(), Some(name));
        model.invoke("Capital?").await.unwrap();
    }
    let asked: Vec<_> =
        service.requests().iter().map(|request| body(request)["model"].clone()).collect();
    assert_eq!(asked, ["claude-sonnet-4-5", "claude-haiku-4-5"]);
}

/// The events before the model starts its answer.
fn start() -> String {
    let usage = json!({"input_tokens": 25, "output_tokens": 1, "cache_read_input_tokens": 0});
    let message = json!({"id": "msg_1", "type": "message", "role": "assistant", "content": [],
        "model": "claude-sonnet-4-5", "stop_reason": null, "stop_sequence": null, "usage": usage});
    crate::provider::event("message_start", json!({"message": message}))
        + &crate::provider::event("ping", json!({}))
}

#[tokio::test]
async fn a_stream_that_fails_before_its_content_falls_back() {
    let event = crate::provider::event;
    let overloaded =
        event("error", json!({"error": {"type": "overloaded_error", "message": "Overloaded"}}));
    let block =
        |block: Value| event("content_block_start", json!({"index": 0, "content_block": block}));
    let text_begins = block(json!({"type": "text", "text": ""}));
    let thinking = block(json!({"type": "thinking", "thinking": "", "signature": ""}));
    for begin in [
        start() + &overloaded,
        start() + &text_begins + &overloaded,
        start() + &thinking + &overloaded,
        start(),
        start() + &text_begins,
    ] {
        for parsed in [false, true] {
            let broken = Service::new([(EVENTS, begin.clone())]);
            let other = Service::new([(JSON, message().to_string())]);
            let model = |service: &Service| service.model().api_key("k").build().unwrap();
            let (broken, other) = (model(&broken), model(&other));
            let call = if parsed {
                broken.pipe(text()).with_fallback(other.pipe(text())).stream("Capital?")
            } else {
                broken.with_fallback(other).pipe(text()).stream("Capital?")
            };
            assert_eq!(call.concat().await.unwrap(), "Paris.", "{begin}");
        }
    }
}

#[tokio::test]
async fn a_stream_that_fails_after_content_does_not_fall_back() {
    let delta = json!({"index": 0, "delta": {"type": "text_delta", "text": "Lyon"}});
    let begin = start() + &crate::provider::event("content_block_delta", delta);
    let broken = Service::new([(EVENTS, begin)]);
    let other = Service::new([]);
    let model = |service: &Service| service.model().api_key("k").build().unwrap();
    let chain = model(&broken).with_fallback(model(&other)).pipe(text());
    let error = chain.stream("Capital?").concat().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(other.requests().is_empty());
}
