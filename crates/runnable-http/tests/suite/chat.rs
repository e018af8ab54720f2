//! A chat model of an API reads responses with and without events, whatever the request asked for.

use futures::StreamExt;
use runnable_chat::{ChatModel, model::ChatRequest, prelude::*};
use runnable_http::{
    Frame, HttpClient, HttpRetryPolicy,
    chat::{ApiRequest, ChatProtocol, ChatReader, HttpChatModel},
};
use runnable_testing::server::{FakeServer, Reply};
use serde_json::json;

/// An API whose complete responses are `{"text": …}`, and whose events are words.
#[derive(Debug)]
pub(crate) struct Words;

#[derive(Debug, Default)]
pub(crate) struct Reader {
    complete: bool,
}

impl ChatProtocol for Words {
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
        self.complete = event.data() == "[DONE]";
        Ok((!self.complete).then(|| AiMessageChunk::new(event.data())))
    }

    fn read_body(&mut self, body: &[u8]) -> Result<AiMessageChunk> {
        let body: serde_json::Value = serde_json::from_slice(body)?;
        Ok(AiMessageChunk::new(body["text"].as_str().unwrap_or_default()))
    }

    fn is_complete(&self) -> bool {
        self.complete
    }

    fn finish(&mut self) -> Result<Option<AiMessageChunk>> {
        Err(Error::new(ErrorKind::Connection, "the answer was cut"))
    }
}

const EVENTS: &str = "data: Good \n\ndata: day.\n\ndata: [DONE]\n\n";
const WHOLE: &str = "{\n  \"text\": \"Good day.\"\n}\n";

/// Returns the chunks of a model, for a response with this content type that arrives in chunks of
/// this length.
async fn read(content_type: &str, body: &str, length: usize, streamed: bool) -> Vec<String> {
    let reply = Reply::new(200).header("content-type", content_type).chunked();
    let reply = body.as_bytes().chunks(length).fold(reply, Reply::piece);
    let server = FakeServer::script([reply]).await.unwrap();
    let client =
        HttpClient::builder(&server.url()).retry_policy(HttpRetryPolicy::none()).no_proxy();
    let model = ChatModel::new(HttpChatModel::new(Words, client.build().unwrap(), "words", "w"));
    if streamed {
        model.stream("Hello.").map(|it| it.unwrap().text().into_owned()).collect().await
    } else {
        vec![model.invoke("Hello.").await.unwrap().text().into_owned()]
    }
}

#[tokio::test]
async fn a_response_of_events_is_read_as_events() {
    for length in [1, 1_000] {
        for content_type in ["text/event-stream", "application/json", "text/plain"] {
            let texts = read(content_type, EVENTS, length, true).await;
            assert_eq!(texts, ["Good ", "day."], "{content_type}");
        }
        for content_type in ["text/event-stream", "application/json", "text/plain"] {
            let texts = read(content_type, EVENTS, length, false).await;
            assert_eq!(texts, ["Good day."], "{content_type}");
        }
    }
}

#[tokio::test]
async fn a_response_that_is_not_streamed_is_read() {
    for (length, streamed) in [(1, true), (1, false), (1_000, true), (1_000, false)] {
        assert_eq!(read("application/json", WHOLE, length, streamed).await, ["Good day."]);
        // Leading white space keeps the connection alive.
        let late = format!("\n  \n\n  {WHOLE}");
        assert_eq!(read("application/json", &late, length, streamed).await, ["Good day."]);
    }
}
