//! A model for tests, which repeats the last message word by word.

use futures::stream;
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
};

#[derive(Debug)]
pub(crate) struct Parrot;

impl ChatProvider for Parrot {
    fn run_name(&self) -> &str {
        "Parrot"
    }

    fn provider(&self) -> Option<&str> {
        Some("birds")
    }

    fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let text = request.prompt.messages.last().map(Message::text).unwrap_or_default();
        let words: Vec<_> = text.split_inclusive(' ').map(str::to_owned).collect();
        let count = words.len() as u64;
        let mut chunks: Vec<_> = (1..)
            .zip(words)
            .map(|(n, word)| AiMessageChunk::new(word).with_usage(Usage::new(count, n)))
            .collect();
        let end = AiMessageChunk::new("").with_finish_reason(FinishReason::Stop);
        chunks.push(end.with_model("grey"));
        ChunkStream::new(stream::iter(chunks.into_iter().map(Ok)))
    }
}
