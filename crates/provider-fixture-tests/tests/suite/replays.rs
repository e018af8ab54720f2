use provider_fixture_tests::{Report, find};
use serde_json::{Value, json};

use crate::{echo::Echo, folder::Folder};

fn answer() -> Value {
    json!({
        "type": "ai",
        "id": "msg_1",
        "content": "Hello.",
        "tool_calls": [{"name": "add", "args": {"a": 1}, "id": "call_1"}],
        "usage_metadata": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5},
        "response_metadata": {"finish_reason": "stop", "model_name": "echo-1"},
    })
}

fn expected() -> Value {
    json!({
        "outcome": ["message"],
        "text": "Hello.",
        "reasoning": "",
        "tool_calls": [{"name": "add", "args": {"a": 1}, "id": null}],
        "invalid_tool_calls": [],
        "usage": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5, "cache_read": 0},
        "finish_reason": "stop",
        "model_name": {"any_of": ["echo", "echo-1"]},
        "response_id": "msg_1",
    })
}

const WORDS: &str = "data: Good \n\ndata: morning.\n\n";

/// Returns the differing fields of each case.
fn fields(report: &Report) -> Vec<(&str, Vec<&str>)> {
    let failures = report.failures.iter().map(|(name, differences)| {
        (name.as_str(), differences.iter().map(|it| it.field.as_str()).collect())
    });
    failures.collect()
}

#[tokio::test]
async fn a_correct_answer_passes() {
    let folder = Folder::new().whole("echo/chat/plain", 200, &answer(), expected()).streamed(
        "echo/chat/stream",
        WORDS,
        json!({"text": "Good morning.", "text_chunk_count": 2}),
    );

    let report = folder.replay(Echo::Right).await;

    assert!(report.is_success(), "{report}");
    assert!(report.to_string().ends_with("\n2 passed, 0 failed, 0 skipped\n"), "{report}");
}

#[tokio::test]
async fn each_differing_field_is_reported() {
    for (field, value) in [
        ("outcome", json!(["error"])),
        ("text", json!("Hello!")),
        ("reasoning", json!("hm")),
        ("refusal", json!("no")),
        ("tool_calls", json!([])),
        ("tool_calls", json!([{"name": "add", "args": {"a": 1}, "id": "call_2"}])),
        ("tool_calls", json!([{"name": "add", "args": {"a": 2}, "id": null}])),
        ("invalid_tool_calls", json!([{"name": "add", "args": "{", "id": null}])),
        ("usage", Value::Null),
        ("usage", json!({"input_tokens": 3, "output_tokens": 2, "total_tokens": 6})),
        (
            "usage",
            json!({"input_tokens": 3, "output_tokens": 2, "total_tokens": 5, "reasoning": 1}),
        ),
        ("finish_reason", json!("length")),
        ("model_name", json!("echo-2")),
        ("response_id", json!({"any_of": ["msg_2", "msg_3"]})),
        ("text_chunk_count", json!(1)),
        ("logprobs", json!({"content": [{"token": "a", "logprob": -0.5}]})),
        ("choices_text", json!(["Hello.", "Hi."])),
        ("stop_sequence", json!("\n")),
        ("incomplete_reason", json!("max_output_tokens")),
        ("blocks", json!([{"type": "text", "text": "Hello."}])),
        ("block_types", json!(["tool_use", "text"])),
        ("error", json!({"kind": "rate_limit"})),
        ("colour", json!("blue")),
    ] {
        let mut expected = expected();
        expected[field] = value;
        let folder = Folder::new().whole("echo/chat/plain", 200, &answer(), expected);

        let report = folder.replay(Echo::Right).await;

        assert_eq!(fields(&report), [("echo/chat/plain", vec![field])], "{report}");
    }
}

#[tokio::test]
async fn an_error_is_compared_field_by_field() {
    let body = json!({"error": {"code": 429, "type": "slow_down", "message": "Too many of them."}});
    let right = json!({
        "kind": "rate_limit",
        "status": 429,
        "code": {"any_of": ["x", 429]},
        "type": "slow_down",
        "message_contains": "many",
        "sdk_should_retry": true,
        "sdk_class": "echo.RateLimitError",
    });
    let replayed = |error: Value| {
        let expect = json!({"outcome": ["error"], "error": error});
        Folder::new().whole("echo/chat/error", 429, &body, expect)
    };
    let report = replayed(right.clone()).replay(Echo::Right).await;
    assert!(report.is_success(), "{report}");

    for (field, value) in [
        ("kind", json!("server_error")),
        ("status", json!(500)),
        ("code", json!("429a")),
        ("type", json!("other")),
        ("message_contains", json!("few")),
        ("retry_after_s", json!(20.0)),
        ("sdk_should_retry", json!(false)),
        ("colour", json!("blue")),
    ] {
        let mut error = right.clone();
        error[field] = value;
        let report = replayed(error).replay(Echo::Right).await;
        let field = format!("error.{field}");
        assert_eq!(fields(&report), [("echo/chat/error", vec![field.as_str()])], "{report}");
    }
}

#[tokio::test]
async fn the_output_before_an_error_is_compared() {
    let body =
        format!("{WORDS}event: error\ndata: {{\"error\": {{\"type\": \"overloaded\"}}}}\n\n");
    let expect = |text: &str| {
        let error = json!({"kind": "server_error", "type": "overloaded"});
        json!({"outcome": ["error_midstream"], "text": text, "error": error})
    };
    let folder = Folder::new()
        .streamed("echo/chat/right", &body, expect("Good morning."))
        .streamed("echo/chat/wrong", &body, expect("Good"));

    let report = folder.replay(Echo::Right).await;

    assert_eq!(fields(&report), [("echo/chat/wrong", vec!["text"])], "{report}");
}

#[tokio::test]
async fn a_result_that_depends_on_cuts_fails() {
    let expect = json!({"text": WORDS, "text_chunk_count": 1});
    let folder = Folder::new().streamed("echo/chat/stream", WORDS, expect);

    let report = folder.replay(Echo::ByPiece).await;

    assert_eq!(fields(&report), [("echo/chat/stream", vec!["cut after every byte"])], "{report}");
}

#[tokio::test]
async fn an_unknown_provider_is_skipped() {
    let folder = Folder::new().whole("other/chat/a", 200, &answer(), expected()).whole(
        "echo/chat/b",
        200,
        &answer(),
        expected(),
    );

    let report = folder.replay(Echo::Right).await;

    assert!(report.to_string().ends_with("\n1 passed, 0 failed, 1 skipped\n"), "{report}");
}

#[tokio::test]
async fn an_unreadable_case_fails_with_its_file() {
    for file in ["expected.json", "response.json", "response.body", "source.json"] {
        let folder = Folder::new()
            .whole("echo/chat/a", 200, &answer(), expected())
            .whole("echo/chat/b", 200, &answer(), expected())
            .remove(&format!("echo/chat/a/{file}"));

        let report = folder.replay(Echo::Right).await;

        assert_eq!(fields(&report), [("echo/chat/a", vec!["case"])], "{report}");
        assert!(report.to_string().contains(file), "{report}");
    }
}

#[tokio::test]
async fn a_panic_fails_only_its_case() {
    let folder = Folder::new().whole("echo/chat/a", 200, &answer(), expected());

    let report = folder.replay(Echo::Panicking).await;

    assert_eq!(fields(&report), [("echo/chat/a", vec!["replay"])], "{report}");
}

#[test]
fn names_of_cases_do_not_depend_on_the_start_folder() {
    let folder = Folder::new().whole("cases/echo/chat/b", 200, &answer(), expected()).whole(
        "cases/echo/chat/a",
        200,
        &answer(),
        expected(),
    );
    for (from, names) in [
        ("", vec!["echo/chat/a", "echo/chat/b"]),
        ("cases", vec!["echo/chat/a", "echo/chat/b"]),
        ("cases/echo", vec!["echo/chat/a", "echo/chat/b"]),
        ("cases/echo/chat/b", vec!["echo/chat/b"]),
    ] {
        let found = find(&folder.path().join(from)).unwrap();
        let found: Vec<_> = found.cases.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(found, names, "from {from:?}");
    }
}
