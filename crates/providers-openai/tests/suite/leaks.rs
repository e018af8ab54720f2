//! Keys do not appear in the metadata or errors of an answer, even if the service repeats them.

use std::sync::Mutex;

use futures::{FutureExt, StreamExt, future::BoxFuture};
use providers_openai::{Api, openai};
use runnable_chat::prelude::*;
use runnable_core::{Error, ErrorKind};
use runnable_events::StreamEventsExt;
use runnable_http::{ApiError, Bytes, HttpBody, HttpRetryPolicy, Transport, http};
use serde_json::json;

const KEY: &str = "sk-very-secret-0123456789";
/// The key in hexadecimal.
const HEX: &str = "736b2d766572792d7365637265742d30313233343536373839";

/// A transport with one response, whose header contains the key.
struct Once(Mutex<Option<(&'static str, String)>>);

impl Transport for Once {
    fn send(
        &self,
        _: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<HttpBody>>> {
        let (kind, body) = self.0.lock().unwrap().take().expect("one request");
        let answer = http::Response::builder()
            .header("content-type", kind)
            .header("x-request-id", format!("of {KEY} and {HEX}"))
            .body(HttpBody::from(body))
            .expect("a valid response");
        async { Ok(answer) }.boxed()
    }
}

fn model(kind: &'static str, body: impl Into<String>) -> ChatModel {
    let transport = Once(Mutex::new(Some((kind, body.into()))));
    let model = openai("m")
        .api_key(KEY)
        .http(move |client| client.transport(transport).retry_policy(HttpRetryPolicy::none()));
    model.build().unwrap()
}

fn assert_unseen(text: &str) {
    assert!(!text.contains("very-secret") && !text.contains(&HEX[6..]), "{text}");
}

const WHOLE: &str = r#"{"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}"#;
const EVENT: &str = "data: {\"choices\": [{\"delta\": {\"content\": \"a\"}, \"finish_reason\": \"stop\"}]}\n\ndata: [DONE]\n\n";

#[tokio::test]
async fn the_request_id_shows_no_key() {
    for (kind, body) in [("application/json", WHOLE), ("text/event-stream", EVENT)] {
        let answer = model(kind, body).invoke("Hello.").await.unwrap();
        let name = answer.metadata["request_id"].as_str().unwrap();
        assert_eq!(name, "of [secret] and [secret]");
        let chunks: Vec<_> = model(kind, body).stream("Hello.").collect().await;
        for chunk in chunks {
            assert_unseen(&format!("{:?}", chunk.unwrap()));
        }
        let mut events = model(kind, body).stream_events("Hello.");
        while let Some(event) = events.next().await {
            assert_unseen(&format!("{:?}", event.unwrap()));
        }
    }
}

#[tokio::test]
async fn a_read_error_names_its_request_and_shows_no_key() {
    let broken = format!(r#"{{"choices": [{{"message": {{"content": "{KEY}"}}}}, {HEX}"#);
    let cut = format!("data: {{\"choices\": [{{\"delta\": {{\"content\": \"{KEY}\n\n");
    let at_the_end = format!(r#"{{"choices": [{{"{}": {KEY} and more"#, "x".repeat(160));
    let unfinished = "data: {\"choices\": [{\"delta\": {\"content\": \"a\"}}]}\n\n".to_owned();
    for (kind, body) in [
        ("application/json", broken.clone()),
        ("application/json", format!("\"{KEY}\"")),
        ("application/json", at_the_end),
        ("application/json", format!(r#"{{"{KEY}": 1}}"#)),
        ("text/event-stream", format!("data: {broken}\n\n")),
        ("text/event-stream", cut),
        ("text/event-stream", unfinished),
        ("text/html", format!("<title>{KEY}</title>")),
    ] {
        let error = model(kind, body.clone()).invoke("Hello.").await.unwrap_err();
        // A text instead of a response is an error of the service.
        let kinds = [ErrorKind::Parse, ErrorKind::Connection, ErrorKind::Other];
        assert!(kinds.contains(&error.kind()), "{error}");
        for text in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
            assert_unseen(&text);
            assert!(text.contains("api.openai.com"), "{text}");
            assert!(text.contains("POST /v1/chat/completions"), "{text}");
        }
        let mut events = model(kind, body).stream_events("Hello.");
        while let Some(event) = events.next().await {
            if let Err(error) = event {
                assert_unseen(&format!("{error:?}"));
            }
        }
    }
}

/// Returns bodies that repeat the key: errors in several forms, and invalid JSON.
fn bodies_with_the_key() -> Vec<String> {
    let said = format!("{KEY} and {HEX}");
    let fields = json!({"message": said, "code": KEY, "type": KEY, "param": HEX});
    vec![
        json!({"error": fields}).to_string(),
        json!({"detail": [{"msg": said, "loc": [KEY]}]}).to_string(),
        json!({"message": said, "code": 429}).to_string(),
        json!(said).to_string(),
        json!({KEY: HEX}).to_string(),
        json!({"data": [{"id": 7, "embedding": KEY}]}).to_string(),
        format!("{{\"data\": {KEY}, {HEX}"),
    ]
}

fn assert_error_hides(error: &Error) {
    for text in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
        assert_unseen(&text);
        assert!(text.contains("api.openai.com"), "{text}");
    }
    if let Some(api_error) = error.downcast_ref::<ApiError>() {
        assert_unseen(&format!("{api_error:?}"));
    }
}

#[tokio::test]
async fn the_errors_of_embeddings_and_lists_show_no_key() {
    for body in bodies_with_the_key() {
        let builder = || {
            let transport = Once(Mutex::new(Some(("application/json", body.clone()))));
            openai("m").api_key(KEY).http(move |client| {
                client.transport(transport).retry_policy(HttpRetryPolicy::none())
            })
        };
        let listed = builder().build_client().unwrap().list_models().await.unwrap_err();
        assert_error_hides(&listed);
        let texts = || vec!["a".to_owned()];
        let embedded = builder().embeddings().build().unwrap().invoke(texts()).await.unwrap_err();
        assert_error_hides(&embedded);
        let mut events = builder().embeddings().build().unwrap().stream_events(texts());
        while let Some(event) = events.next().await {
            assert_unseen(&format!("{event:?}"));
        }
    }
}

#[tokio::test]
async fn the_errors_of_a_stream_show_no_key() {
    for body in bodies_with_the_key() {
        for api in [Api::ChatCompletions, Api::Responses] {
            for stream in [
                format!("data: {body}\n\n"),
                format!("error: {body}\n\n"),
                format!("event: error\ndata: {body}\n\n"),
                format!("data: {{\"type\":\"response.failed\",\"response\":{body}}}\n\n"),
                body.clone(),
            ] {
                let builder = || {
                    let transport = Once(Mutex::new(Some(("text/event-stream", stream.clone()))));
                    let model = openai("m").api(api).api_key(KEY).http(move |client| {
                        client.transport(transport).retry_policy(HttpRetryPolicy::none())
                    });
                    model.build().unwrap()
                };
                let error = builder().invoke("Hello.").await.unwrap_err();
                assert_error_hides(&error);
                let mut events = builder().stream_events("Hello.");
                while let Some(event) = events.next().await {
                    assert_unseen(&format!("{event:?}"));
                }
            }
        }
    }
}

#[tokio::test]
async fn no_part_of_a_key_is_left_where_an_answer_is_cut() {
    for kept in 1..KEY.len() {
        let body = "{".to_owned() + &"x".repeat(199 - kept) + KEY + &"y".repeat(500);
        for api in [Api::ChatCompletions, Api::Responses] {
            let model = || {
                let body = Mutex::new(Some(("application/json", body.clone())));
                let model = openai("m").api(api).api_key(KEY);
                let model = model
                    .http(move |it| it.transport(Once(body)).retry_policy(HttpRetryPolicy::none()));
                model.build().unwrap()
            };
            let invoked = model().invoke("Hello.").await.unwrap_err();
            let streamed = model().stream("Hello.").next().await.unwrap().unwrap_err();
            for error in [invoked, streamed] {
                for text in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
                    assert!(text.contains("{xxx") && !text.contains("xs"), "{api:?}: {text}");
                }
            }
        }
    }
}
