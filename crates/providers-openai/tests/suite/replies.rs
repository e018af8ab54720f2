//! Models with a scripted transport.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};

use futures::future::BoxFuture;
use providers_openai::{OpenAiBuilder, azure, openai};
use runnable_chat::{message::RateLimit, prelude::*};
use runnable_core::ErrorKind;
use runnable_http::{ApiError, Bytes, HttpBody, Transport, http};
use serde_json::{Value, json};

/// A transport that responds to each request with the next of its replies, and records the
/// requests.
#[derive(Clone, Default)]
pub(crate) struct Replies {
    replies: Arc<Mutex<VecDeque<(u16, String)>>>,
    requests: Arc<Mutex<Vec<http::Request<Bytes>>>>,
}

impl Replies {
    pub(crate) fn of<const N: usize>(replies: [(u16, Value); N]) -> Self {
        Self::of_texts(replies.map(|(status, body)| (status, body.to_string())))
    }

    pub(crate) fn of_texts<const N: usize>(replies: [(u16, String); N]) -> Self {
        Self { replies: Arc::new(Mutex::new(replies.into())), ..Self::default() }
    }

    pub(crate) fn under(&self, model: OpenAiBuilder) -> OpenAiBuilder {
        let replies = self.clone();
        model.api_key("sk-secret-123").http(move |client| client.transport(replies))
    }

    pub(crate) fn requests(&self, index: usize) -> (String, Value) {
        let requests = self.requests.lock().expect("a lock without a panic");
        let body = serde_json::from_slice(requests[index].body()).unwrap_or_default();
        (requests[index].uri().to_string(), body)
    }

    fn header(&self, name: &str) -> Option<String> {
        let requests = self.requests.lock().expect("a lock without a panic");
        Some(requests[0].headers().get(name)?.to_str().expect("a text").to_owned())
    }
}

impl Transport for Replies {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<HttpBody>>> {
        self.requests.lock().expect("a lock without a panic").push(request);
        let reply = self.replies.lock().expect("a lock without a panic").pop_front();
        let (status, body) = reply.expect("a reply for each request");
        let response = http::Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .header("x-request-id", "req_1")
            .header("x-ratelimit-remaining-tokens", "149984")
            .body(HttpBody::from(body));
        Box::pin(async move { Ok(response.expect("a valid response")) })
    }
}

fn hello() -> Value {
    let message = json!({"role": "assistant", "content": "Hello"});
    json!({"id": "1", "model": "m-2024", "choices": [
        {"index": 0, "message": message, "finish_reason": "stop"},
    ]})
}

#[tokio::test]
async fn an_answer_has_the_data_of_its_headers() {
    let replies = Replies::of([(200, hello())]);
    let model = replies.under(openai("m")).build().expect("valid settings");
    let answer = model.invoke("Hi").await.expect("an answer");
    assert_eq!(answer.text(), "Hello");
    assert_eq!(answer.model.as_deref(), Some("m-2024"));
    assert_eq!(answer.metadata["request_id"], "req_1");
    let mut limit = RateLimit::new("tokens");
    limit.remaining = Some(149_984);
    assert_eq!(answer.rate_limits, [limit]);
    assert_eq!(replies.requests(0).0, "https://api.openai.com/v1/chat/completions");
    assert_eq!(replies.header("authorization").as_deref(), Some("Bearer sk-secret-123"));
}

#[tokio::test]
async fn a_deployment_has_its_own_url() {
    let at = async |model: OpenAiBuilder| {
        let replies = Replies::of([(200, hello())]);
        let model = model.base_url("https://me.openai.azure.com/").env(|_| None);
        let model = replies.under(model).build().expect("valid settings");
        model.invoke("Hi").await.expect("an answer");
        assert_eq!(replies.header("api-key").as_deref(), Some("sk-secret-123"));
        assert_eq!(replies.header("authorization"), None);
        replies.requests(0).0
    };
    assert_eq!(
        at(azure("small").api_version("2024-10-21")).await,
        "https://me.openai.azure.com/openai/deployments/small/chat/completions\
         ?api-version=2024-10-21"
    );
    assert_eq!(at(azure("small")).await, "https://me.openai.azure.com/openai/v1/chat/completions");
}

#[tokio::test]
async fn an_authentication_error_says_what_to_do() {
    let refused = json!({"error": {"message": "Incorrect API key provided: sk-secret-123",
        "type": "invalid_request_error", "code": "invalid_api_key"}});
    let replies = Replies::of([(401, refused)]);
    let model = replies.under(openai("m")).build().expect("valid settings");
    let error = model.invoke("Hi").await.expect_err("it is refused");
    assert_eq!(error.kind(), ErrorKind::Authentication);
    let api_error = error.downcast_ref::<ApiError>().expect("an error of the service");
    assert_eq!(api_error.code(), Some("invalid_api_key"));
    let message = error.to_string();
    assert!(message.contains("OPENAI_API_KEY") && !message.contains("sk-secret"), "{message}");
}

#[tokio::test]
async fn vectors_have_the_order_of_their_texts() {
    let item = |index: u64, embedding: Value| json!({"index": index, "embedding": embedding});
    let replies = Replies::of([
        (200, json!({"data": [item(1, json!([3.0, 4.0])), item(0, json!("AACAPwAAAEA="))]})),
        (200, json!({"data": [item(0, json!([5.0, 6.0]))]})),
    ]);
    let model = replies.under(openai("text-embedding-3-small")).embeddings();
    let model = model.batch_size(2).dimensions(2).build().expect("valid settings");
    let texts = ["a", "b", "c"].map(str::to_owned).to_vec();
    let vectors = model.invoke(texts).await.expect("an answer");
    assert_eq!(vectors, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    let (url, body) = replies.requests(0);
    assert_eq!(url, "https://api.openai.com/v1/embeddings");
    assert_eq!(
        body,
        json!({
            "model": "text-embedding-3-small",
            "input": ["a", "b"],
            "encoding_format": "base64",
            "dimensions": 2,
        })
    );
    assert_eq!(replies.requests(1).1["input"], json!(["c"]));
    assert_eq!(model.invoke(Vec::new()).await.expect("an empty list"), [[0.0; 2]; 0]);
}

#[tokio::test]
async fn a_missing_vector_is_an_error() {
    let replies = Replies::of([(200, json!({"data": []}))]);
    let model = replies.under(openai("m")).embeddings().build().expect("valid settings");
    let error = model.invoke(vec!["a".into()]).await.expect_err("a vector is missing");
    assert!(error.to_string().contains("returned 0 vectors for 1 texts"), "{error}");
}

#[tokio::test]
async fn a_service_lists_its_models() {
    let list = json!({
        "object": "list",
        "data": [{"id": "m", "owned_by": "me", "created": 60}, {"id": "n", "display_name": "N"}],
    });
    let replies = Replies::of([(200, list), (200, json!([{"id": "t"}]))]);
    let client = replies.under(openai("m")).build_client().expect("valid settings");
    let models = client.list_models().await.expect("an answer");
    let ids: Vec<_> = models.iter().map(|model| model.id.as_str()).collect();
    assert_eq!(ids, ["m", "n"]);
    assert_eq!(models[0].created_at, Some(UNIX_EPOCH + Duration::from_secs(60)));
    assert_eq!(models[0].extras["owned_by"], "me");
    assert_eq!(models[1].display_name.as_deref(), Some("N"));
    assert_eq!(replies.requests(0).0, "https://api.openai.com/v1/models");
    let bare = client.list_models().await.expect("an answer");
    assert_eq!(bare[0].id, "t");
}

#[tokio::test]
async fn a_client_makes_several_models_of_one_service() {
    let vectors = json!({"data": [{"index": 0, "embedding": [1.0]}]});
    let replies = Replies::of([(200, hello()), (200, hello()), (200, vectors)]);
    let client = replies.under(openai("first")).build_client().expect("valid settings");
    assert_eq!(client.model(), "first");
    for name in [client.model(), "second"] {
        let model = client.chat_model(name);
        assert_eq!(model.model(), Some(name));
        model.invoke("Hello").await.expect("an answer");
    }
    let texts = vec!["a".to_owned()];
    client.embedding_model("third").invoke(texts).await.expect("an answer");
    let asked = [0, 1, 2].map(|index| replies.requests(index).1["model"].clone());
    assert_eq!(asked, ["first", "second", "third"]);
}

#[tokio::test]
async fn models_of_an_azure_client_have_deployments_of_their_own() {
    let vectors = json!({"data": [{"index": 0, "embedding": [1.0]}]});
    let list = json!({"data": [{"id": "gpt-4o"}]});
    let replies = Replies::of([(200, hello()), (200, vectors), (200, list)]);
    let azure = azure("first").base_url("https://me.openai.azure.com").api_version("2024-10-21");
    let client = replies.under(azure).build_client().expect("valid settings");
    client.chat_model("second").invoke("Hello").await.expect("an answer");
    client.embedding_model("third").invoke(vec!["a".into()]).await.expect("an answer");
    client.list_models().await.expect("an answer");
    let path =
        |index| replies.requests(index).0.split_once("/openai/").expect("a path").1.to_owned();
    assert_eq!(path(0), "deployments/second/chat/completions?api-version=2024-10-21");
    assert_eq!(path(1), "deployments/third/embeddings?api-version=2024-10-21");
    assert_eq!(path(2), "models?api-version=2024-10-21");
}
