//! The kind and the message of errors that services return.

use std::{error::Error as _, time::Duration};

use runnable_core::{Error, ErrorKind};
use runnable_http::{ApiError, HttpRetryPolicy};
use serde_json::{Value, json};

use crate::scripted::{Scripted, answer};

async fn refuse(status: u16, headers: &[(&str, &str)], body: impl ToString) -> Error {
    let transport = Scripted::new([answer(status, headers, body.to_string())]);
    let client = transport
        .builder()
        .retry_policy(HttpRetryPolicy::none())
        .hint(ErrorKind::Authentication, "set EXAMPLE_API_KEY")
        .build()
        .unwrap();
    client.post("chat").query("key", "k").body("{}").send().await.unwrap_err()
}

fn api_error(error: &Error) -> &ApiError {
    error.downcast_ref().unwrap()
}

#[tokio::test]
async fn an_error_message_contains_all_known_fields() {
    let body = json!({"error": {"message": "Wrong key.", "type": "invalid_request_error", "code": "invalid_api_key", "param": null}});
    let error = refuse(401, &[("x-request-id", "req_1")], body).await;
    assert_eq!(
        error.to_string(),
        "api.example.org returned 401 Unauthorized for POST /v1/chat: Wrong key. (code \
         invalid_api_key, type invalid_request_error, request req_1); set EXAMPLE_API_KEY"
    );
    assert!(error.source().is_none(), "the message already contains the source");
    let api_error = api_error(&error);
    assert_eq!(api_error.status(), Some(401));
    assert_eq!(api_error.code(), Some("invalid_api_key"));
    assert_eq!(api_error.error_type(), Some("invalid_request_error"));
    assert_eq!(api_error.param(), None);
    assert_eq!(api_error.request_id(), Some("req_1"));
}

#[tokio::test]
async fn each_status_has_an_error_kind() {
    for (status, kind) in [
        (400, ErrorKind::InvalidRequest),
        (401, ErrorKind::Authentication),
        (402, ErrorKind::PermissionDenied),
        (403, ErrorKind::PermissionDenied),
        (404, ErrorKind::NotFound),
        (405, ErrorKind::InvalidRequest),
        (408, ErrorKind::Timeout),
        (409, ErrorKind::Unavailable),
        (410, ErrorKind::NotFound),
        (413, ErrorKind::InvalidRequest),
        (422, ErrorKind::InvalidRequest),
        (429, ErrorKind::RateLimit),
        (500, ErrorKind::Unavailable),
        (503, ErrorKind::Unavailable),
        (504, ErrorKind::Unavailable),
        (529, ErrorKind::Unavailable),
    ] {
        assert_eq!(refuse(status, &[], "").await.kind(), kind, "{status}");
    }
}

#[tokio::test]
async fn the_message_of_each_error_shape_is_read() {
    for (body, message) in [
        (json!({"error": {"message": "m"}}), "m"),
        (json!({"type": "error", "error": {"type": "t", "message": "m"}, "request_id": "r"}), "m"),
        (json!({"error": "m", "code": "c"}), "m"),
        (json!({"message": "m", "type": "t"}), "m"),
        (json!({"Message": "m", "__type": "c"}), "m"),
        (json!({"detail": "m"}), "m"),
        (
            json!({"detail": [{"loc": ["body", "top_p", 0], "msg": "m"}, {"msg": "n"}]}),
            "body.top_p.0: m; n",
        ),
        (json!([{"error": {"code": 400, "message": "m", "status": "s"}}]), "m"),
        (json!({"error": {"message": "m", "metadata": {"raw": "upstream"}}}), "m: upstream"),
        (json!({"object": "error", "message": {"detail": [{"loc": ["n"], "msg": "m"}]}}), "n: m"),
        (json!({"errors": ["m"]}), "m"),
        (json!({"error": {}}), r#"{"error":{}}"#),
        (json!({"error": null}), r#"{"error":null}"#),
        (json!([]), "[]"),
        (json!(7), "7"),
    ] {
        let error = refuse(400, &[("content-type", "application/json")], &body).await;
        assert_eq!(api_error(&error).message(), message, "{body}");
    }
}

#[tokio::test]
async fn an_error_body_that_is_not_json_has_a_message() {
    let page =
        "<!DOCTYPE html>\n<html><head><TITLE lang=en>\n  Bad\n  gateway </TITLE></head><body>…";
    for (headers, body, message) in [
        (&[("content-type", "text/html")][..], page, "an HTML page: Bad gateway"),
        (&[], page, "an HTML page: Bad gateway"),
        (&[("content-type", "text/html")], "<p>no</p>", "an HTML page without a title"),
        (&[], "upstream connect\nerror", "upstream connect error"),
        (&[], "{\"message\": \"cut", "{\"message\": \"cut"),
        (&[], "", ""),
    ] {
        assert_eq!(api_error(&refuse(502, headers, body).await).message(), message);
    }
    let error = refuse(502, &[], "").await;
    assert_eq!(error.to_string(), "api.example.org returned 502 Bad Gateway for POST /v1/chat");
}

#[tokio::test]
async fn long_bodies_are_cut_where_a_character_ends() {
    let error = refuse(500, &[], "é".repeat(1 << 20)).await;
    let api_error = api_error(&error);
    assert!(
        api_error.body().len() < 3 << 10 && api_error.body().ends_with("é…"),
        "{}",
        api_error.body().len()
    );
    assert!(error.to_string().len() < 3 << 10);
}

#[tokio::test]
async fn an_invalid_request_gets_a_more_specific_kind() {
    for (error, kind) in [
        (json!({"code": "context_length_exceeded"}), ErrorKind::ContextLength),
        (json!({"type": "exceed_context_size_error"}), ErrorKind::ContextLength),
        (json!({"message": "prompt is too long: 9 tokens > 8 maximum"}), ErrorKind::ContextLength),
        (
            json!({"message": "This model's Maximum RunContext Length is 8"}),
            ErrorKind::ContextLength,
        ),
        (json!({"code": "content_filter", "innererror": {"code": "x"}}), ErrorKind::ContentFilter),
        (
            json!({"code": "400", "innererror": {"code": "ResponsibleAIPolicyViolation"}}),
            ErrorKind::ContentFilter,
        ),
        // The status is more specific than these.
        (json!({"code": "model_not_found"}), ErrorKind::InvalidRequest),
        (json!({"code": "rate_limit_exceeded"}), ErrorKind::InvalidRequest),
    ] {
        assert_eq!(refuse(400, &[], json!({"error": error})).await.kind(), kind, "{error}");
    }
    let limit = json!({"error": {"message": "Too many tokens, wait."}});
    assert_eq!(refuse(429, &[], limit).await.kind(), ErrorKind::RateLimit);
}

#[tokio::test]
async fn the_request_id_of_each_service_is_read() {
    for name in ["x-request-id", "request-id", "apim-request-id", "x-ms-request-id", "cf-ray"] {
        let error = refuse(500, &[(name, "id-1")], "").await;
        assert_eq!(api_error(&error).request_id(), Some("id-1"), "{name}");
    }
    let both = [("cf-ray", "gateway"), ("request-id", "service")];
    assert_eq!(api_error(&refuse(500, &both, "").await).request_id(), Some("service"));
    let body = json!({"request_id": "in the body", "error": {"message": "m"}});
    assert_eq!(api_error(&refuse(500, &[], body).await).request_id(), Some("in the body"));
}

#[tokio::test]
async fn an_error_carries_the_requested_delay() {
    let error = refuse(429, &[("retry-after", "20"), ("retry-after-ms", "1500")], "").await;
    assert_eq!(error.retry_after(), Some(Duration::from_millis(1500)));
    let body = json!({"error": {"details": [{"@type": "x"}, {"retryDelay": "48.5s"}]}});
    assert_eq!(refuse(429, &[], &body).await.retry_after(), Some(Duration::from_millis(48_500)));
    let error = refuse(429, &[("retry-after", "never")], "").await;
    assert_eq!(error.retry_after(), None);
}

#[test]
fn an_error_in_a_stream_has_the_same_kind() {
    for (event, kind) in [
        (json!({"type": "error", "error": {"type": "overloaded_error"}}), ErrorKind::Unavailable),
        (json!({"type": "error", "error": {"type": "api_error"}}), ErrorKind::Unavailable),
        (json!({"error": {"type": "server_error", "code": null}}), ErrorKind::Unavailable),
        (json!({"error": {"type": "rate_limit_error"}}), ErrorKind::RateLimit),
        (json!({"error": {"type": "tokens", "code": "rate_limit_exceeded"}}), ErrorKind::RateLimit),
        (
            json!({"error": {"code": 429, "message": "Provider returned error"}}),
            ErrorKind::RateLimit,
        ),
        (json!({"error": {"code": 8, "status": "RESOURCE_EXHAUSTED"}}), ErrorKind::RateLimit),
        (json!({"__type": "throttlingException"}), ErrorKind::RateLimit),
        (
            json!({"type": "response.failed", "response": {"status": "failed", "error": {"code": "insufficient_quota", "message": "m"}}}),
            ErrorKind::RateLimit,
        ),
        (
            json!({"error": {"type": "invalid_request_error", "code": "invalid_api_key"}}),
            ErrorKind::Authentication,
        ),
        (
            json!({"error": {"type": "authentication_error", "code": "invalid_request_error"}}),
            ErrorKind::Authentication,
        ),
        (
            json!({"type": "error", "code": "context_length_exceeded", "message": "m"}),
            ErrorKind::ContextLength,
        ),
        (
            json!({"error": {"type": "invalid_request_error", "code": "tool_use_failed", "status_code": 400}}),
            ErrorKind::InvalidRequest,
        ),
        (json!({"error": {"type": "permission_error"}}), ErrorKind::PermissionDenied),
        (json!({"error": {"type": "timeout_error"}}), ErrorKind::Unavailable),
        (json!({"error": "an error was encountered while running the model"}), ErrorKind::Other),
        (json!({"error": {"code": "b23", "type": "new"}}), ErrorKind::Other),
    ] {
        assert_eq!(ApiError::from_json(&event).kind(), kind, "{event}");
    }
}

#[tokio::test]
async fn an_error_in_a_stream_names_its_request() {
    let body =
        "data: {\"error\": {\"type\": \"overloaded_error\", \"message\": \"Overloaded\"}}\n\n";
    let transport = Scripted::new([answer(200, &[("request-id", "req_2")], body)]);
    let mut events = transport.client().post("chat").send().await.unwrap().sse();
    let event: Value = events.next().await.unwrap().unwrap().json().unwrap();
    let error = events.origin().error(ApiError::from_json(&event));
    assert_eq!(
        error.to_string(),
        "api.example.org sent an error in its response to POST /v1/chat: Overloaded (type \
         overloaded_error, request req_2)"
    );
}
