//! Responses with a wrong content type, and errors in unusual forms.

use futures::StreamExt;
use runnable_chat::{
    ChatModel,
    message::{BlockChunk, ToolCallChunk},
    model::ChatRequest,
    prelude::*,
};
use runnable_core::ErrorKind;
use runnable_http::{
    ApiError, Decoder, Frame, HttpClient, HttpRetryPolicy, SseDecoder,
    chat::{ApiRequest, ChatProtocol, ChatReader, HttpChatModel},
};
use serde_json::json;

use crate::scripted::{Scripted, answer};

fn frames(text: &str, length: usize) -> Vec<(Option<String>, String)> {
    let mut decoder = SseDecoder::new();
    let mut frames = Vec::new();
    for piece in text.as_bytes().chunks(length) {
        decoder.push(piece.to_vec().into());
        frames.extend(std::iter::from_fn(|| decoder.next()));
    }
    decoder.finish();
    frames.extend(std::iter::from_fn(|| decoder.next()));
    let read = |frame: Result<Frame, _>| {
        let frame = frame.unwrap();
        (frame.event().map(str::to_owned), frame.data().to_owned())
    };
    frames.into_iter().map(read).collect()
}

#[test]
fn the_field_error_is_an_event() {
    let event = |name: Option<&str>, data: &str| (name.map(str::to_owned), data.to_owned());
    for length in [1, 3, 1_000] {
        assert_eq!(
            frames("data: a\n\nerror: {\"code\":500}\n\n", length),
            [event(None, "a"), event(Some("error"), "{\"code\":500}")]
        );
        assert_eq!(
            frames("data: a\nerror: {}\ndata: b\n\ndata: c\n\n", length),
            [event(None, "a"), event(Some("error"), "{}\nb"), event(None, "c")]
        );
        assert_eq!(frames("error:\ndata: a\n\n", length), [event(None, "a")]);
    }
}

/// A model that reads each event as a part of an answer: a word, the name of a call, or the end.
#[derive(Debug)]
struct Pieces;

#[derive(Debug, Default)]
struct Reader {
    complete: bool,
}

impl ChatProtocol for Pieces {
    type Reader = Reader;

    fn encode(&self, _: &ChatRequest) -> Result<ApiRequest> {
        ApiRequest::new("chat", &json!({}))
    }

    fn reader(&self, _: &ChatRequest) -> Reader {
        Reader::default()
    }
}

impl ChatReader for Reader {
    fn read_event(&mut self, event: &Frame) -> Result<Option<AiMessageChunk>> {
        let data = event.data();
        if event.event() == Some("error") {
            return Err(ApiError::from_json(&data.into()).into_error());
        }
        if let Some(name) = data.strip_prefix("call ") {
            let call = ToolCallChunk::new("").with_id("1").with_name(name);
            return Ok(Some(BlockChunk::tool_call(call).with_index(0).into()));
        }
        self.complete |= data == "[DONE]";
        Ok((data != "[DONE]").then(|| AiMessageChunk::new(data)))
    }

    fn read_body(&mut self, body: &[u8]) -> Result<AiMessageChunk> {
        let body: serde_json::Value = serde_json::from_slice(body)?;
        Ok(AiMessageChunk::new(body["text"].as_str().unwrap_or_default()))
    }

    fn is_complete(&self) -> bool {
        self.complete
    }

    fn finish(&mut self) -> Result<Option<AiMessageChunk>> {
        if self.complete {
            Ok(None)
        } else {
            Err(Error::new(ErrorKind::Connection, "the answer was cut"))
        }
    }
}

fn model(content_type: &str, body: &str) -> ChatModel {
    let transport =
        Scripted::new([answer(200, &[("content-type", content_type)], body.to_owned())]);
    let client = transport.builder().retry_policy(HttpRetryPolicy::none()).build().unwrap();
    ChatModel::new(HttpChatModel::new(Pieces, client, "pieces", "p"))
}

#[tokio::test(start_paused = true)]
async fn a_page_is_an_error_with_any_content_type() {
    for page in [
        "<!DOCTYPE html>\n<html><head><title>Log in</title></head></html>",
        "\u{feff}  <html><title>Log in</title>",
        "<head><title>Log in</title></head>",
        "<?xml version=\"1.0\"?><error><title>Log in</title></error>",
    ] {
        for content_type in
            ["text/event-stream", "application/json", "text/plain", "text/html", "x/y"]
        {
            let streamed = model(content_type, page).stream("Hi").concat().await.unwrap_err();
            let whole = model(content_type, page).invoke("Hi").await.unwrap_err();
            for error in [streamed, whole] {
                assert_eq!(error.kind(), ErrorKind::Parse, "{content_type}: {error}");
                let message = error.message();
                assert!(message.contains("an HTML page (Log in)"), "{content_type}: {message}");
                assert!(message.contains("check the base URL"), "{content_type}: {message}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_with_only_a_name_is_not_complete() {
    for end in ["", "error: it broke\n\n"] {
        for (body, valid) in [("data: call f\n\n", 0), ("data: call f\n\ndata: and\n\n", 1)] {
            let body = format!("{body}{end}");
            let error = model("text/event-stream", &body).stream("Hi").concat().await.unwrap_err();
            let partial: AiMessageChunk = error.partial().expect("something came");
            let kept = AiMessage::from_chunk(partial).unwrap();
            assert_eq!(kept.tool_calls().count(), valid, "{body}");
            assert_eq!(kept.invalid_tool_calls().count(), 1 - valid, "{body}");
        }
    }
    let body = "data: call f\n\ndata: [DONE]\n\n";
    let answer = model("text/event-stream", body).stream("Hi").concat().await.unwrap();
    assert_eq!(answer.tool_calls().count(), 1, "a complete answer has a call without arguments");
}

#[tokio::test(start_paused = true)]
async fn events_right_after_the_end_are_read() {
    let body = "data: one\n\ndata: [DONE]\n\ndata: two\n\nerror: late\n\ndata: three\n\n";
    let chunks = model("text/event-stream", body).stream("Hi");
    let texts: Vec<_> = chunks.map(|it| it.unwrap().text().into_owned()).collect().await;
    assert_eq!(texts, ["one", "two", "three"]);
}

#[test]
fn an_error_without_a_code_gets_its_kind_from_its_message() {
    use ErrorKind::{Authentication, NotFound, Other, PermissionDenied, RateLimit, Unavailable};
    for (api_error, kind) in [
        (json!({"detail": "Too Many Requests"}), RateLimit),
        (json!({"message": "Rate limit reached"}), RateLimit),
        (json!({"message": "no", "code": 429}), RateLimit),
        (json!({"message": "no", "status": 503}), Unavailable),
        (json!({"message": "no", "statusCode": 401}), Authentication),
        (json!({"error_code": "rate_limit_exceeded", "error_message": "no"}), RateLimit),
        (json!({"detail": "Not authenticated"}), Authentication),
        (json!({"detail": "Forbidden"}), PermissionDenied),
        (json!({"detail": "Not Found"}), NotFound),
        (json!({"error": "Service temporarily unavailable"}), Unavailable),
        (json!("The model is overloaded"), Unavailable),
        (json!([{"error": {"message": "no", "code": 503}}]), Unavailable),
        (json!({"detail": "no"}), Other),
        (json!({"error": "the prompt is too long, see the rate limits"}), ErrorKind::ContextLength),
    ] {
        let error =
            ApiError::told_by(&api_error).unwrap_or_else(|| panic!("{api_error} is an error"));
        assert_eq!(error.kind(), kind, "{api_error}");
    }
    for alive in [
        json!({}),
        json!(null),
        json!([]),
        json!(""),
        json!({"type": "ping"}),
        json!({"error": null, "message": ""}),
        json!({"error": {}, "detail": []}),
        json!({"id": "1", "choices": []}),
    ] {
        assert!(ApiError::told_by(&alive).is_none(), "{alive}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_instead_of_a_list_is_an_error() {
    let page = "<html><title>Log in</title>";
    let transport = Scripted::new([answer(200, &[("content-type", "text/plain")], page)]);
    let client: HttpClient = transport.client();
    let answer = client.get("models").send().await.unwrap();
    let error = answer.json::<serde_json::Value>().await.unwrap_err();
    assert!(error.message().contains("an HTML page (Log in)"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_not_asked_for_in_compressed_form() {
    let asked = |streamed: bool| async move {
        let events = [("content-type", "text/event-stream")];
        let transport = Scripted::new([answer(200, &events, "data: a\n\ndata: end\n\n")]);
        let client = transport.builder().retry_policy(HttpRetryPolicy::none()).build().unwrap();
        let model = ChatModel::new(HttpChatModel::new(Pieces, client, "pieces", "p"));
        // Only what is asked for counts here.
        if streamed {
            let _ = model.stream("Hi").concat().await;
        } else {
            let _ = model.invoke("Hi").await;
        }
        transport.requests()[0].headers()["accept-encoding"].clone()
    };
    let accepted = if cfg!(feature = "gzip") { "gzip" } else { "identity" };
    assert_eq!(asked(false).await, accepted);
    assert_eq!(asked(true).await, "identity");
}
