//! Reads responses in the form in which a service sends them.

use providers_openai::OpenAiProtocol;
use runnable_chat::{
    AiMessage, AiMessageChunk, ChatOptions,
    model::{ChatRequest, ResponseFormat},
};
use runnable_core::{Chunk, Chunked, Error};
use runnable_http::{
    Decoder, Frame, SseDecoder,
    chat::{ChatProtocol, ChatReader},
};

/// The result of a response: the message so far, its chunks, and the error with which it ended.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) message: AiMessage,
    pub(crate) chunks: Vec<AiMessageChunk>,
    pub(crate) error: Option<Error>,
}

impl Read {
    fn of(chunks: Vec<AiMessageChunk>, error: Option<Error>) -> Self {
        let mut whole = AiMessageChunk::default();
        chunks.iter().for_each(|chunk| whole.merge(chunk.clone()));
        let message = AiMessage::from_chunk(whole).expect("the chunks merge into a message");
        Self { message, chunks, error }
    }
}

/// Reads a stream that arrives in these chunks.
pub(crate) fn streamed<'a>(
    protocol: &OpenAiProtocol,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Read {
    streamed_to(protocol, &request(), pieces)
}

/// A stream in these pieces, as the answer to this request.
pub(crate) fn streamed_to<'a>(
    protocol: &OpenAiProtocol,
    request: &ChatRequest,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Read {
    let mut decoder = SseDecoder::new();
    let mut reader = protocol.reader(request);
    let mut chunks = Vec::new();
    let mut frames = Vec::<Frame>::new();
    for piece in pieces {
        decoder.push(piece.to_vec().into());
        while let Some(frame) = decoder.next() {
            frames.push(frame.expect("the stream is well-formed"));
        }
    }
    decoder.finish();
    frames.extend(std::iter::from_fn(|| decoder.next()).map(|frame| frame.expect("well-formed")));
    for frame in &frames {
        match reader.read_event(frame) {
            Ok(chunk) => chunks.extend(chunk),
            Err(error) => return Read::of(chunks, Some(error)),
        }
        if reader.is_complete() {
            return Read::of(chunks, None);
        }
    }
    match reader.finish() {
        Ok(chunk) => {
            chunks.extend(chunk);
            Read::of(chunks, None)
        }
        Err(error) => Read::of(chunks, Some(error)),
    }
}

/// Reads a stream of events with this data.
pub(crate) fn events(protocol: &OpenAiProtocol, data: &[&str]) -> Read {
    let stream: String = data.iter().map(|data| format!("data: {data}\n\n")).collect();
    streamed(protocol, [stream.as_bytes()])
}

/// Reads a complete response.
pub(crate) fn whole(protocol: &OpenAiProtocol, body: &[u8]) -> Read {
    match protocol.reader(&request()).read_body(body) {
        Ok(chunk) => Read::of(vec![chunk], None),
        Err(error) => Read::of(Vec::new(), Some(error)),
    }
}

fn request() -> ChatRequest {
    ChatRequest::new("Hello", ChatOptions::new().response_format(ResponseFormat::Text))
}
