//! Servers that fail, over real sockets. No test waits for time to pass.

use std::time::Duration;

use runnable_core::{Error, ErrorKind};
use runnable_http::{ApiError, Decoder, Frame, HttpClient, HttpClientBuilder, HttpRetryPolicy};
use runnable_testing::server::{FakeServer, Gate, Reply};
use serde_json::{Value, json};

fn builder(server: &FakeServer) -> HttpClientBuilder {
    // Retry without delays, so that no time has to pass.
    let policy = HttpRetryPolicy::default().initial_backoff(Duration::ZERO);
    HttpClient::builder(&server.url()).no_proxy().retry_policy(policy)
}

fn client(server: &FakeServer) -> HttpClient {
    builder(server).build().unwrap()
}

async fn serve(replies: impl IntoIterator<Item = Reply>) -> FakeServer {
    FakeServer::script(replies).await.unwrap()
}

/// Returns the frames of a stream, and the error with which it ended.
async fn events(server: &FakeServer) -> (Vec<String>, Option<Error>) {
    read(client(server).post("chat").body("{}").send().await.unwrap().sse()).await
}

async fn read<D: Decoder<Frame = Frame>>(
    mut frames: runnable_http::Frames<D>,
) -> (Vec<String>, Option<Error>) {
    let mut data = Vec::new();
    while let Some(frame) = frames.next().await {
        match frame {
            Ok(frame) => data.push(frame.data().to_owned()),
            Err(error) => {
                assert!(frames.next().await.is_none(), "nothing comes after an error");
                return (data, Some(error));
            }
        }
    }
    (data, None)
}

#[tokio::test]
async fn a_refused_connection_is_a_transient_error() {
    let url = FakeServer::refusing().await.unwrap();
    let client =
        HttpClient::builder(&url).no_proxy().retry_policy(HttpRetryPolicy::none()).build().unwrap();
    let error = client.post("chat").send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    let host = url.strip_prefix("http://").unwrap();
    let text = error.to_string();
    assert!(text.starts_with(&format!("cannot connect to {host} for POST /chat: ")), "{text}");
    assert!(error.downcast_ref::<runnable_http::reqwest::Error>().is_some());
}

#[tokio::test]
async fn a_connection_that_fails_early_is_retried() {
    for broken in [
        Reply::raw().close(),
        Reply::raw().reset(),
        Reply::raw().piece("HTTP/1.1 200 OK\r\ncontent-").close(),
        Reply::raw().piece("HTTP/1.1 200 OK\r\ncontent-").reset(),
    ] {
        let server = serve([broken.clone(), broken.clone(), Reply::json(200, &json!(1))]).await;
        let answer = client(&server).post("chat").send().await.unwrap();
        assert_eq!(answer.json::<Value>().await.unwrap(), json!(1));
        assert_eq!(server.requests().len(), 3);

        let server = serve([broken]).await;
        let error = client(&server).post("chat").send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
        assert_eq!(server.requests().len(), 3);
        server.wait_until_closed().await;
    }
}

#[tokio::test]
async fn a_response_that_is_not_http_is_a_connection_error() {
    let server = serve([Reply::raw().piece("SSH-2.0-OpenSSH_9.9\r\n").close()]).await;
    let error = client(&server).post("chat").send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    server.wait_until_closed().await;
}

#[tokio::test]
async fn a_broken_stream_yields_its_frames_and_is_not_retried() {
    let head = || Reply::events().piece("data: a\n\n").piece("data: b\n\ndata: c");
    let gate = Gate::new();
    for broken in [
        head().close(),
        // The gate delays the reset, which could otherwise discard frames that are still in flight.
        head().wait(&gate).reset(),
        Reply::new(200).header("content-length", "99").piece("data: a\n\ndata: b\n\nd").close(),
    ] {
        let server = serve([broken]).await;
        let mut frames = client(&server).post("chat").send().await.unwrap().sse();
        for expected in ["a", "b"] {
            assert_eq!(frames.next().await.unwrap().unwrap().data(), expected);
        }
        gate.open();
        let error = frames.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
        assert!(error.to_string().contains("of the response to POST /chat"), "{error}");
        assert!(frames.next().await.is_none());
        assert_eq!(server.requests().len(), 1);
        server.wait_until_closed().await;
    }
}

#[tokio::test]
async fn a_truncated_response_is_an_error() {
    let server = serve([Reply::new(200).header("content-length", "99").piece("{}").close()]).await;
    let answer = client(&server).post("chat").send().await.unwrap();
    let error = answer.json::<Value>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_stream_without_a_length_ends_with_the_connection() {
    let reply = Reply::new(200).until_close().piece("data: a\n\ndata: b\n\ndata: {\"c\":");
    let server = serve([reply]).await;
    let mut frames = client(&server).post("chat").send().await.unwrap().sse();
    let mut last = None;
    while let Some(frame) = frames.next().await {
        last = Some(frame.unwrap());
    }
    let last = last.unwrap();
    assert!(!last.is_complete());
    assert_eq!(last.json::<Value>().unwrap_err().kind(), ErrorKind::Connection);
}

#[tokio::test]
async fn a_stream_cut_inside_a_character_is_a_connection_error() {
    let text = "data: a\n\ndata: {\"b\": \"🦀";
    for cut in 1..4 {
        let piece = &text.as_bytes()[..text.len() - cut];
        let server = serve([Reply::events().piece(piece)]).await;
        let mut frames = client(&server).post("chat").send().await.unwrap().sse();
        assert_eq!(frames.next().await.unwrap().unwrap().data(), "a");
        let last = frames.next().await.unwrap().unwrap();
        assert_eq!((last.data(), last.is_complete()), ("{\"b\": \"", false));
        assert_eq!(last.json::<Value>().unwrap_err().kind(), ErrorKind::Connection);
    }
}

#[tokio::test]
async fn a_response_may_arrive_byte_by_byte() {
    let text = ": é\r\n\r\nevent: a\r\ndata: naïve 🦀\r\n\r\ndata: [DONE]\r\n";
    let server = serve([Reply::events().bytewise(text)]).await;
    let (data, error) = events(&server).await;
    assert_eq!(data, ["naïve 🦀", "[DONE]"]);
    assert!(error.is_none());
}

#[tokio::test]
async fn frames_are_yielded_as_they_arrive() {
    let gate = Gate::new();
    let server =
        serve([Reply::events().piece("data: a\n\n").wait(&gate).piece("data: b\n\n")]).await;
    let mut frames = client(&server).post("chat").send().await.unwrap().sse();
    assert_eq!(frames.next().await.unwrap().unwrap().data(), "a");
    gate.open();
    assert_eq!(frames.next().await.unwrap().unwrap().data(), "b");
    assert!(frames.next().await.is_none());
}

#[tokio::test]
async fn invalid_utf8_and_endless_lines_end_the_stream() {
    let server = serve([Reply::events().piece(b"data: a\n\ndata: \xFF\n\n").stall()]).await;
    let mut frames = client(&server).post("chat").send().await.unwrap().sse();
    assert_eq!(frames.next().await.unwrap().unwrap().data(), "a");
    let error = frames.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert!(error.to_string().contains("invalid UTF-8"), "{error}");
    // The frames are still held.
    server.wait_until_closed().await;
    assert!(frames.next().await.is_none());

    let endless = Reply::events().piece("data: a\n\ndata: ").piece("x".repeat(1 << 16)).stall();
    let server = serve([endless]).await;
    let client = builder(&server).max_frame(1 << 15).build().unwrap();
    let (data, error) = read(client.post("chat").send().await.unwrap().sse()).await;
    assert_eq!(data, ["a"]);
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert!(error.to_string().contains("exceeds 32768 bytes"), "{error}");
    server.wait_until_closed().await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = serve([Reply::json(200, &json!(1))]).await;
    for status in [301, 302, 307, 308] {
        let target = format!("{}/v2/chat?token=t", elsewhere.url());
        let server = serve([Reply::new(status).header("location", &target)]).await;
        let error =
            client(&server).post("chat").secret_header("x-key", "k").send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        let text = error.to_string();
        assert!(text.contains(&format!("to {}/v2/chat (", elsewhere.url())), "{text}");
        assert_eq!(server.requests().len(), 1);
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn each_status_has_a_kind_and_a_number_of_attempts() {
    let page = "<html><head><title>502 Bad Gateway</title></head></html>";
    for (reply, kind, requests, says) in [
        (Reply::json(400, &json!({"detail": "no"})), ErrorKind::InvalidRequest, 1, "no"),
        (Reply::json(401, &json!({})), ErrorKind::Authentication, 1, "401"),
        (Reply::json(403, &json!({})), ErrorKind::PermissionDenied, 1, "403"),
        (Reply::json(404, &json!({})), ErrorKind::NotFound, 1, "404"),
        (Reply::json(422, &json!({})), ErrorKind::InvalidRequest, 1, "422"),
        (Reply::json(500, &json!({})), ErrorKind::Unavailable, 3, "500"),
        (Reply::json(503, &json!({})), ErrorKind::Unavailable, 3, "503"),
        (Reply::json(529, &json!({})), ErrorKind::Unavailable, 3, "529"),
        (
            Reply::new(502).header("content-type", "text/html").piece(page),
            ErrorKind::Unavailable,
            3,
            "an HTML page: 502 Bad Gateway",
        ),
        // The connection fails during the body of the error, but the status is sufficient.
        (
            Reply::new(503).header("content-length", "99").piece("{\"mess").close(),
            ErrorKind::Unavailable,
            3,
            "503",
        ),
    ] {
        let server = serve([reply]).await;
        let error = client(&server).post("chat").send().await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(server.requests().len(), requests, "{error}");
    }
}

#[tokio::test]
async fn the_delay_of_a_429_is_read_in_each_format() {
    let soon = httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(100));
    for (name, value, bounds) in [
        ("retry-after", "90", 90..=90),
        ("retry-after", "90.5", 90..=90),
        ("retry-after", &soon, 90..=100),
        ("retry-after-ms", "90000", 90..=90),
        ("x-ratelimit-reset-requests", "1m30s", 90..=90),
    ] {
        let server = serve([Reply::new(429).header(name, value)]).await;
        let error = client(&server).post("chat").send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimit);
        let wait = error.retry_after().unwrap();
        assert!(bounds.contains(&wait.as_secs()), "{name}: {value}: {wait:?}");
        assert_eq!(server.requests().len(), 1, "that is too long to wait for");
    }
}

#[tokio::test]
async fn an_error_in_a_stream_is_a_frame() {
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let text = format!("data: a\n\nevent: error\ndata: {error}\n\n");
    let server = serve([Reply::events().piece(text)]).await;
    let mut frames = client(&server).post("chat").send().await.unwrap().sse();
    frames.next().await.unwrap().unwrap();
    let frame = frames.next().await.unwrap().unwrap();
    assert_eq!(frame.event(), Some("error"));
    let error = frames.origin().error(ApiError::from_json(&frame.json().unwrap()));
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn the_content_type_shows_a_response_without_stream() {
    let server = serve([Reply::json(200, &json!({"text": "whole"}))]).await;
    let answer = client(&server).post("chat").send().await.unwrap();
    assert_eq!(answer.content_type(), runnable_http::ContentType::Json);
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({"text": "whole"}));
}

#[tokio::test]
async fn ndjson_lines_are_yielded_as_they_arrive() {
    let head = Reply::new(200).header("content-type", "application/x-ndjson").chunked();
    let server = serve([head.piece("{\"a\":1}\n{\"b\"").piece(":2}\n\n{\"c\":3}")]).await;
    let frames = client(&server).post("chat").send().await.unwrap().ndjson();
    let (data, error) = read(frames).await;
    assert_eq!(data, ["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"]);
    assert!(error.is_none());
}

#[tokio::test]
async fn an_unsupported_encoding_is_named() {
    let server = serve([Reply::events().header("content-encoding", "br").piece("?")]).await;
    let error = client(&server).post("chat").send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert!(
        error.to_string().contains("response to POST /chat with unsupported encoding br"),
        "{error}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[cfg(feature = "gzip")]
mod gzip {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn packed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[tokio::test]
    async fn is_decompressed_as_it_arrives() {
        let gate = Gate::new();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(b"data: a\n\n").unwrap();
        encoder.flush().unwrap();
        let first = std::mem::take(encoder.get_mut());
        encoder.write_all(b"data: b\n\n").unwrap();
        let rest = encoder.finish().unwrap();
        let head = Reply::events().header("content-encoding", "gzip");
        let server = serve([head.piece(first).wait(&gate).bytewise(rest)]).await;
        let mut frames = client(&server).post("chat").send().await.unwrap().sse();
        assert_eq!(frames.next().await.unwrap().unwrap().data(), "a");
        gate.open();
        assert_eq!(frames.next().await.unwrap().unwrap().data(), "b");
        assert!(frames.next().await.is_none());
        assert_eq!(server.requests()[0].header("accept-encoding"), Some("gzip"));
    }

    #[tokio::test]
    async fn is_decompressed_in_errors() {
        let body = packed(r#"{"error": {"message": "packed"}}"#);
        let reply = Reply::new(400).header("content-encoding", "gzip").piece(body);
        let error = client(&serve([reply]).await).post("chat").send().await.unwrap_err();
        assert_eq!(error.downcast_ref::<ApiError>().unwrap().message(), "packed");
    }

    #[tokio::test]
    async fn truncated_or_invalid_is_an_error() {
        let body = packed("data: a\n\n");
        let reply = |body: &[u8]| Reply::events().header("content-encoding", "gzip").piece(body);
        let (_, error) = events(&serve([reply(&body[..body.len() - 4])]).await).await;
        assert_eq!(error.unwrap().kind(), ErrorKind::Connection);
        let (_, error) = events(&serve([reply(b"data: a\n\nplain text")]).await).await;
        assert_eq!(error.unwrap().kind(), ErrorKind::Parse);

        // Bytes that could be decompressed are yielded, although the rest of the chunk is invalid.
        let (data, error) = events(&serve([reply(&[&*body, &[0; 20]].concat())]).await).await;
        assert_eq!((data, error.unwrap().kind()), (vec!["a".to_owned()], ErrorKind::Parse));
        let mut wrong_sum = body.clone();
        wrong_sum[body.len() - 8] ^= 1;
        let (data, error) = events(&serve([reply(&wrong_sum)]).await).await;
        assert_eq!((data, error.unwrap().kind()), (vec!["a".to_owned()], ErrorKind::Connection));
    }

    #[tokio::test]
    async fn cannot_exceed_the_size_limit() {
        let bomb = packed(&" ".repeat(32 << 20));
        assert!(bomb.len() < 64 << 10);
        let reply = Reply::new(200).header("content-encoding", "gzip").piece(bomb);
        let server = serve([reply]).await;
        let client = builder(&server).max_body(1 << 20).build().unwrap();
        let error = client.get("a").send().await.unwrap().bytes().await.unwrap_err();
        assert!(error.to_string().contains("exceeds 1048576 bytes"), "{error}");
    }
}
