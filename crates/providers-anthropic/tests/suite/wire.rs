//! Encodes requests and reads responses without a network.

use providers_anthropic::{AnthropicProtocol, AnthropicReader};
use runnable_chat::{AiMessage, AiMessageChunk, ChatOptions, PromptValue, model::ChatRequest};
use runnable_core::{Chunk, Chunked, ErrorKind, Result};
use runnable_http::{
    Bytes, Decoder, SseDecoder,
    chat::{ChatProtocol, ChatReader},
};
use serde_json::Value;

/// Returns the body of a request to `claude-sonnet-4-5` that is not streamed.
pub(crate) fn body(prompt: impl Into<PromptValue>, options: ChatOptions) -> Value {
    body_for("claude-sonnet-4-5", prompt, options).unwrap()
}

pub(crate) fn body_for(
    model: &str,
    prompt: impl Into<PromptValue>,
    options: ChatOptions,
) -> Result<Value> {
    let request = ChatRequest::new(prompt, options).without_streaming();
    let call = AnthropicProtocol::new(model).encode(&request)?;
    assert_eq!(call.path(), "v1/messages");
    Ok(serde_json::from_slice(call.body()).unwrap())
}

/// Returns the message of the error of encoding a request.
pub(crate) fn refusal(prompt: impl Into<PromptValue>, options: ChatOptions) -> String {
    let error = body_for("claude-sonnet-4-5", prompt, options).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput), "{error:?}");
    error.message()
}

/// Returns the chunks of an answer that is streamed as these events, and how it ended.
pub(crate) fn pieces(events: &[Value]) -> (Vec<AiMessageChunk>, Result<()>) {
    let lines = events.iter().map(|event| format!("data: {event}\n\n"));
    stream(&lines.collect::<String>())
}

/// Returns the chunks of an answer that is streamed as this text, and how it ended.
pub(crate) fn stream(text: &str) -> (Vec<AiMessageChunk>, Result<()>) {
    let (mut reader, mut decoder) = (AnthropicReader::default(), SseDecoder::new());
    decoder.push(Bytes::copy_from_slice(text.as_bytes()));
    decoder.finish();
    let mut pieces = Vec::new();
    while let Some(frame) = decoder.next() {
        match reader.read_event(&frame.unwrap()) {
            Ok(piece) => pieces.extend(piece),
            Err(error) => return (pieces, Err(error)),
        }
        if reader.is_complete() {
            return (pieces, Ok(()));
        }
    }
    let end = reader.finish().map(|piece| pieces.extend(piece));
    (pieces, end)
}

pub(crate) fn gathered(pieces: Vec<AiMessageChunk>) -> AiMessage {
    let mut all = AiMessageChunk::default();
    pieces.into_iter().for_each(|piece| all.merge(piece));
    AiMessage::from_chunk(all).unwrap()
}

/// Returns the answer that is streamed as these events.
pub(crate) fn answer(events: &[Value]) -> AiMessage {
    let (pieces, end) = pieces(events);
    end.unwrap();
    gathered(pieces)
}

/// Returns the answer of a complete response.
pub(crate) fn whole(message: &Value) -> Result<AiMessage> {
    let piece = AnthropicReader::default().read_body(message.to_string().as_bytes())?;
    Ok(gathered(vec![piece]))
}
