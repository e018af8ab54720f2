//! Unusual answers to requests for embeddings and for the list of models.

use providers_openai::{OpenAiEmbeddingsBuilder, openai};
use runnable_chat::{embedding::Embedding, prelude::*};
use runnable_core::ErrorKind;
use runnable_http::{ApiError, chat::ModelInfo};
use serde_json::{Value, json};

use crate::replies::Replies;

async fn embed(body: &str, texts: &[&str]) -> Result<Vec<Embedding>> {
    let replies = Replies::of_texts([(200, body.to_owned())]);
    let model = replies.under(openai("m")).embeddings().build().expect("valid settings");
    model.invoke(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).await
}

async fn list_models(body: &str) -> Result<Vec<ModelInfo>> {
    let replies = Replies::of_texts([(200, body.to_owned())]);
    replies.under(openai("m")).build_client().expect("valid settings").list_models().await
}

#[tokio::test]
async fn an_error_with_status_200_has_its_kind_in_every_verb() {
    for (body, kind) in [
        (
            r#"{"error": {"type": "rate_limit_error", "message": "so it says"}}"#,
            ErrorKind::RateLimit,
        ),
        (r#"{"error": {"message": "so it says", "code": 429}, "data": []}"#, ErrorKind::RateLimit),
        (
            r#"{"error": {"message": "so it says", "code": 503}, "data": null}"#,
            ErrorKind::Unavailable,
        ),
        (r#"{"detail": "too many requests, so it says"}"#, ErrorKind::RateLimit),
        (r#"{"detail": [{"loc": ["input"], "msg": "so it says"}]}"#, ErrorKind::Other),
        (r#"{"message": "so it says", "code": 429}"#, ErrorKind::RateLimit),
        (r#"{"object": "error", "message": "so it says", "code": 401}"#, ErrorKind::Authentication),
        (r#"[{"error": {"code": 503, "message": "so it says"}}]"#, ErrorKind::Unavailable),
        (r#""overloaded, so it says""#, ErrorKind::Unavailable),
        (r#"{"error": "so it says", "code": 429, "x": NaN}"#, ErrorKind::RateLimit),
    ] {
        let embedded = embed(body, &["a"]).await.expect_err(body);
        let listed = list_models(body).await.expect_err(body);
        for error in [embedded, listed] {
            assert_eq!(error.kind(), kind, "{body}: {error}");
            assert!(error.message().contains("so it says"), "{body}: {error}");
            assert!(error.message().contains("api.openai.com"), "{body}: {error}");
            assert!(error.downcast_ref::<ApiError>().is_some(), "{body}: {error:?}");
        }
    }
}

#[tokio::test]
async fn an_odd_field_of_embeddings_affects_only_itself() {
    let (one, two) = ("[1.0, 2.0]", "\"AABAQAAAgEA=\"");
    for data in [
        format!(r#"[{{"index": "1", "embedding": {two}}}, {{"index": "0", "embedding": {one}}}]"#),
        format!(
            r#"[{{"index": null, "embedding": {one}}}, {{"index": null, "embedding": {two}}}]"#
        ),
        format!(r#"[{{"embedding": {one}}}, {{"embedding": {two}}}]"#),
        format!(r#"[{{"index": 0, "embedding": {one}}}, {{"index": 0, "embedding": {two}}}]"#),
        format!(r#"[{{"index": 1.0, "embedding": {two}}}, {{"index": 0, "embedding": {one}}}]"#),
        format!(r#"[{{"index": {{}}, "embedding": {one}}}, {{"index": 1, "embedding": {two}}}]"#),
        format!(r#"[null, {{"embedding": {one}}}, 7, {{"embedding": {two}}}]"#),
        format!(r#"[{{"embedding": {one}, "embedding": {one}}}, {{"embedding": {two}}}]"#),
        format!(r#"[{{"embedding": [{one}]}}, {{"embedding": {two}, "text": "\ud83d"}}]"#),
    ] {
        for odd in [
            "",
            r#", "usage": """#,
            r#", "usage": {"prompt_tokens": NaN}"#,
            r#", "model": "a", "model": "b""#,
            r#", "error": null"#,
            r#", "error": {}"#,
            r#", "data": null"#,
        ] {
            let body = format!(r#"{{"data": {data}{odd}}}"#);
            let vectors = embed(&body, &["a", "b"]).await.unwrap_or_else(|e| panic!("{body}: {e}"));
            assert_eq!(vectors, [[1.0, 2.0], [3.0, 4.0]], "{body}");
        }
    }
    let lost = embed(r#"{"data": [{"index": 0, "embedding": "x"}]}"#, &["a"]).await;
    let error = lost.expect_err("the vector is unreadable");
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert!(error.message().contains("invalid base64"), "{error}");
}

#[tokio::test]
async fn an_unreadable_model_is_left_out_of_the_list() {
    let models = r#"[null, {"id": "a"}, {"id": 7}, {}, "x", {"id": "b", "id": null}]"#;
    for body in [
        models.to_owned(),
        format!(r#"{{"data": {models}}}"#),
        format!(r#"{{"data": {models}, "object": "a", "object": "b"}}"#),
        format!(r#"{{"data": {models}, "usage": NaN, "error": {{}}}}"#),
        format!(r#"{{"data": {models}, "data": null, "has_more": null, "last_id": 7}}"#),
    ] {
        let listed = list_models(&body).await.unwrap_or_else(|error| panic!("{body}: {error}"));
        let names: Vec<_> = listed.iter().map(|model| model.id.as_str()).collect();
        assert_eq!(names, ["a", "b"], "{body}");
    }
    assert_eq!(list_models(r#"{"data": []}"#).await.expect("an empty list"), []);
    for body in ["7", "{}", r#"{"data": "x"}"#, r#"[{"name": "a"}]"#] {
        let error = list_models(body).await.expect_err(body);
        assert_eq!(error.kind(), ErrorKind::Parse, "{body}");
    }
}

#[tokio::test]
async fn an_extra_takes_precedence_over_the_fields_of_embeddings() {
    let requested = async |edit: fn(OpenAiEmbeddingsBuilder) -> OpenAiEmbeddingsBuilder| -> Value {
        let vectors = json!({"data": [{"index": 0, "embedding": [1.0]}]});
        let replies = Replies::of([(200, vectors)]);
        let builder = replies.under(openai("m")).embeddings().dimensions(2);
        let model = edit(builder).build().expect("valid settings");
        model.invoke(vec!["a".to_owned()]).await.expect("an answer");
        replies.requests(0).1
    };
    let body = requested(|builder| builder.extra("encoding_format", "float")).await;
    assert_eq!(body["encoding_format"], "float");
    let body = requested(|builder| builder.extra("encoding_format", Value::Null)).await;
    assert_eq!(body, json!({"model": "m", "input": ["a"], "dimensions": 2}));
    let body = requested(|builder| builder.extra("dimensions", 3).extra("model", "n")).await;
    assert_eq!((&body["dimensions"], &body["model"]), (&json!(3), &json!("n")));
}

#[tokio::test]
async fn the_usage_of_embeddings_is_reported_for_each_request() {
    let vector = r#"{"index": 0, "embedding": [1.0]}"#;
    let body = |usage: &str| (200, format!(r#"{{"data": [{vector}], "usage": {usage}}}"#));
    let replies = Replies::of_texts([
        body(r#"{"prompt_tokens": 500000, "total_tokens": 500000}"#),
        body(r#"{"total_tokens": 500000}"#),
        body("null"),
        body(r#"{"prompt_tokens": "x"}"#),
    ]);
    let model = replies.under(openai("text-embedding-3-small")).embeddings().batch_size(1);
    let model = model.build().expect("valid settings");
    let meter = UsageMeter::new();
    let config = RunConfig::new().listener(meter.clone());
    let texts = |count| vec!["a".to_owned(); count];
    model.invoke(texts(2)).config(config.clone()).await.unwrap();
    let total = meter.totals().total();
    assert_eq!((total.usage, total.calls_without_usage), (Usage::new(1_000_000, 0), 0));
    assert_eq!(total.cost.to_string(), "$0.0200");
    model.invoke(texts(2)).config(config).await.unwrap();
    assert_eq!(meter.totals().total().calls_without_usage, 1);
}
