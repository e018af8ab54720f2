//! How the Messages API fails in ways of its own. What all services do is in the suite of every
//! provider.

use providers_anthropic::anthropic;
use runnable_chat::{AiMessageChunk, prelude::*};
use runnable_http::{ApiError, HttpRetryPolicy};
use runnable_testing::{
    provider_suite::{Fault, ServiceFixture},
    server::{FakeServer, Reply},
};
use serde_json::json;

use crate::provider::{Messages, event};

/// An answer that has begun.
fn begun() -> Reply {
    Reply::events().piece(Messages.stream_start()).piece(Messages.stream_chunk("Hello"))
}

fn error(kind: &str) -> serde_json::Value {
    json!({"type": "error", "error": {"type": kind, "message": "so it says"}, "request_id": "req_1"})
}

#[track_caller]
fn assert_said(error: &Error, kind: &str) {
    let said: &ApiError = error.downcast_ref().expect("the service has said it");
    assert_eq!(said.error_type(), Some(kind), "{error:?}");
}

#[tokio::test]
async fn an_overloaded_service_says_so_by_a_status_or_within_its_answer() {
    let fault = |reply| {
        let fault = Fault::new("is overloaded", reply, ErrorKind::Unavailable);
        fault.expect_message("so it says")
    };
    let said = error("overloaded_error");
    let refused = fault(Reply::json(529, &said)).expect_transient().check(&Messages).await;
    assert_said(&refused, "overloaded_error");

    let said = event("error", said);
    let broken = fault(begun().piece(&said).stall()).expect_partial("Hello").check(&Messages).await;
    assert_said(&broken, "overloaded_error");
    // Nothing of the answer has come, but the answer has begun.
    fault(Reply::events().piece(&said).stall()).check(&Messages).await;
}

#[tokio::test]
async fn an_error_within_an_answer_has_the_class_of_its_type() {
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
        assert_said(&fault.expect_message("so it says").check(&Messages).await, kind);
    }
}

/// Whether an answer is complete is told by its reason to stop, and not by the last event: gateways
/// have left that out.
#[tokio::test]
async fn a_stream_without_message_stop_is_whole_if_it_says_why_it_stopped() {
    let stop = event("content_block_stop", json!({"index": 0}));
    let because = json!({"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}});
    let whole = begun().piece(&stop).piece(event("message_delta", because));
    let server = FakeServer::script([whole]).await.expect("there is a free port");
    let answer = Messages.model(&server.url(), "sk-123").stream("Hi").concat().await.unwrap();
    assert_eq!(answer.text(), "Hello");
    assert_eq!(answer.finish_reason, Some(FinishReason::Stop));

    let unsaid = json!({"delta": {"stop_reason": null}, "usage": {"output_tokens": 4}});
    for (what, reply) in [
        ("ends after a block", begun().piece(&stop)),
        ("does not say why it ends", begun().piece(&stop).piece(event("message_delta", unsaid))),
    ] {
        let fault = Fault::new(what, reply, ErrorKind::Connection).expect_partial("Hello");
        fault.expect_message("there was no `message_stop`").check(&Messages).await;
    }
}

/// A call whose arguments are cut is one that nobody can make, and is kept as far as it came.
#[tokio::test]
async fn a_call_whose_arguments_are_cut_is_kept_as_an_invalid_one() {
    let block = json!({"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}});
    let part = json!({"type": "input_json_delta", "partial_json": "{\"city\": \"Par"});
    let calls = begun()
        .piece(event("content_block_stop", json!({"index": 0})))
        .piece(event("content_block_start", json!({"index": 1, "content_block": block})))
        .piece(event("content_block_delta", json!({"index": 1, "delta": part})));
    let stop = event("content_block_stop", json!({"index": 1}));
    let said = event("error", error("overloaded_error"));
    for (what, reply, kind) in [
        ("hangs up within a call", calls.clone().close(), ErrorKind::Connection),
        ("ends within a call", calls.clone().piece(&stop), ErrorKind::Connection),
        ("breaks within a call", calls.piece(said).stall(), ErrorKind::Unavailable),
    ] {
        let error = Fault::new(what, reply, kind).expect_partial("Hello").check(&Messages).await;
        let partial: AiMessageChunk = error.partial().expect("there is an answer so far");
        let kept = AiMessage::from_chunk(partial).expect("it makes a message");
        assert_eq!(kept.tool_calls().count(), 0, "a service that {what}");
        let call = kept.invalid_tool_calls().next().expect("the call is kept");
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
