//! Faults that are specific to the Messages API. The suite of every provider covers all other
//! faults.

use providers_anthropic::anthropic;
use runnable_chat::{AiMessageChunk, ChatOptions, prelude::*};
use runnable_http::{ApiError, HttpRetryPolicy};
use runnable_testing::{
    provider_suite::{Fault, ServiceFixture},
    server::{FakeServer, Reply},
};
use serde_json::json;

use crate::provider::{Messages, event};

/// A response that has started.
fn begun() -> Reply {
    Reply::events().piece(Messages.stream_start()).piece(Messages.stream_chunk("Hello"))
}

fn error(kind: &str) -> serde_json::Value {
    json!({"type": "error", "error": {"type": kind, "message": "so it says"}, "request_id": "req_1"})
}

#[track_caller]
fn assert_api_error(error: &Error, kind: &str) {
    let api_error: &ApiError = error.downcast_ref().expect("an error of the service");
    assert_eq!(api_error.error_type(), Some(kind), "{error:?}");
}

#[tokio::test]
async fn overload_is_reported_by_a_status_or_in_the_response() {
    let fault = |reply| {
        let fault = Fault::new("is overloaded", reply, ErrorKind::Unavailable);
        fault.expect_message("so it says")
    };
    let error_event = error("overloaded_error");
    let refused = fault(Reply::json(529, &error_event)).expect_transient().check(&Messages).await;
    assert_api_error(&refused, "overloaded_error");

    let error_event = event("error", error_event);
    let broken =
        fault(begun().piece(&error_event).stall()).expect_partial("Hello").check(&Messages).await;
    assert_api_error(&broken, "overloaded_error");
    // The response has started, but no part of the answer was received.
    fault(Reply::events().piece(&error_event).stall()).check(&Messages).await;
}

#[tokio::test]
async fn an_error_in_a_response_has_the_kind_of_its_type() {
    for (kind, class) in [
        ("invalid_request_error", ErrorKind::InvalidRequest),
        ("authentication_error", ErrorKind::Authentication),
        ("permission_error", ErrorKind::PermissionDenied),
        ("not_found_error", ErrorKind::NotFound),
        ("rate_limit_error", ErrorKind::RateLimit),
        ("api_error", ErrorKind::Unavailable),
    ] {
        let reply = begun().piece(event("error", error(kind))).stall();
        let fault = Fault::new(format!("breaks with {kind}"), reply, class).expect_partial("Hello");
        assert_api_error(&fault.expect_message("so it says").check(&Messages).await, kind);
    }
}

/// The stop reason decides whether an answer is complete. Gateways may omit the last event.
#[tokio::test]
async fn a_stream_with_a_stop_reason_is_complete() {
    let stop = event("content_block_stop", json!({"index": 0}));
    let because = json!({"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}});
    let whole = begun().piece(&stop).piece(event("message_delta", because));
    let server = FakeServer::script([whole]).await.expect("a free port");
    let answer = Messages.model(&server.url(), "sk-123").stream("Hi").concat().await.unwrap();
    assert_eq!(answer.text(), "Hello");
    assert_eq!(answer.finish_reason, Some(FinishReason::Stop));

    let unsaid = json!({"delta": {"stop_reason": null}, "usage": {"output_tokens": 4}});
    for (case, reply) in [
        ("ends after a block", begun().piece(&stop)),
        ("does not say why it ends", begun().piece(&stop).piece(event("message_delta", unsaid))),
    ] {
        let fault = Fault::new(case, reply, ErrorKind::Connection).expect_partial("Hello");
        fault.expect_message("received neither `message_stop`").check(&Messages).await;
    }
}

/// A tool call whose arguments were truncated cannot be run. The answer contains it as an invalid
/// call.
#[tokio::test]
async fn a_truncated_call_is_kept_as_an_invalid_call() {
    let block = json!({"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}});
    let part = json!({"type": "input_json_delta", "partial_json": "{\"city\": \"Par"});
    let calls = begun()
        .piece(event("content_block_stop", json!({"index": 0})))
        .piece(event("content_block_start", json!({"index": 1, "content_block": block})))
        .piece(event("content_block_delta", json!({"index": 1, "delta": part})));
    let stop = event("content_block_stop", json!({"index": 1}));
    let error_event = event("error", error("overloaded_error"));
    for (case, reply, kind) in [
        ("hangs up within a call", calls.clone().close(), ErrorKind::Connection),
        ("ends within a call", calls.clone().piece(&stop), ErrorKind::Connection),
        ("breaks within a call", calls.piece(error_event).stall(), ErrorKind::Unavailable),
    ] {
        let error = Fault::new(case, reply, kind).expect_partial("Hello").check(&Messages).await;
        let partial: AiMessageChunk = error.partial().expect("a partial answer");
        let kept = AiMessage::from_chunk(partial).expect("a valid message");
        assert_eq!(kept.tool_calls().count(), 0, "a service that {case}");
        let call = kept.invalid_tool_calls().next().expect("an invalid call");
        assert_eq!(call.id.as_deref(), Some("toolu_1"));
        assert_eq!(call.name.as_deref(), Some("weather"));
        assert_eq!(call.args.as_deref(), Some("{\"city\": \"Par"));
    }
}

#[tokio::test]
async fn no_part_of_a_key_is_left_where_an_answer_is_cut() {
    const KEY: &str = "sk-very-secret-0123456789";
    for kept in 1..KEY.len() {
        let body = "{".to_owned() + &"x".repeat(199 - kept) + KEY + &"y".repeat(500);
        let reply = Reply::new(200).header("content-type", "application/json").piece(body);
        let server = FakeServer::script([reply]).await.unwrap();
        let model = anthropic("claude-sonnet-4-5").base_url(server.url()).api_key(KEY);
        let model = model.http(|client| client.no_proxy().retry_policy(HttpRetryPolicy::none()));
        let model = model.build().unwrap();
        let invoked = model.invoke("Hello.").await.unwrap_err();
        let streamed = model.stream("Hello.").next().await.unwrap().unwrap_err();
        for error in [invoked, streamed] {
            assert_eq!(error.kind(), ErrorKind::Parse, "{error}");
            for text in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
                assert!(text.contains("{xxx") && !text.contains("xs"), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn the_errors_of_each_verb_show_no_key() {
    const KEY: &str = "sk-very-secret-0123456789";
    let fields = json!({"message": KEY, "type": KEY, "code": KEY, "param": KEY});
    for body in [
        json!({"type": "error", "error": fields}).to_string(),
        json!({"detail": [{"msg": KEY, "loc": [KEY]}]}).to_string(),
        json!({"message": KEY, "code": 429}).to_string(),
        json!(KEY).to_string(),
        json!({KEY: KEY}).to_string(),
        json!({"input_tokens": KEY, "data": [{"id": 7, "name": KEY}]}).to_string(),
        format!("{{\"data\": {KEY}"),
    ] {
        let event = format!("event: error\ndata: {body}\n\n");
        let replies = [
            Reply::new(200).header("content-type", "application/json").piece(&body),
            Reply::events().piece(&event),
            Reply::events().piece(format!("data: {body}\n\n")),
        ];
        for reply in replies {
            let server = FakeServer::script([reply]).await.unwrap();
            let builder = || {
                let builder = anthropic("claude-sonnet-4-5").base_url(server.url()).api_key(KEY);
                builder.http(|client| client.no_proxy().retry_policy(HttpRetryPolicy::none()))
            };
            let (client, model) = (builder().build_client().unwrap(), builder().build().unwrap());
            for error in [
                client.list_models().await.unwrap_err(),
                client.count_tokens("Hello.", ChatOptions::new()).await.unwrap_err(),
                model.invoke("Hello.").await.unwrap_err(),
                model.stream("Hello.").concat().await.unwrap_err(),
            ] {
                let api_error = format!("{:?}", error.downcast_ref::<ApiError>());
                for text in [error.to_string(), format!("{error:?}"), api_error] {
                    assert!(!text.contains("very-secret"), "{text}");
                }
            }
        }
    }
}
