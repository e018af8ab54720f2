//! A chat model whose chunks a test sends one by one.

use std::sync::{Arc, Mutex};

use futures::{
    FutureExt,
    channel::mpsc::{UnboundedSender, unbounded},
};
use runnable_chat::{
    AiMessageChunk,
    model::{ChatProvider, ChatRequest},
    prelude::*,
};

/// A chat model whose chunks a test sends one by one. A clone is a handle to the same model.
#[derive(Clone, Debug, Default)]
pub(crate) struct HandDriven {
    requests: Arc<Mutex<Vec<UnboundedSender<Result<AiMessageChunk>>>>>,
}

impl HandDriven {
    pub(crate) fn to_model(&self) -> ChatModel {
        ChatModel::new(self.clone())
    }

    /// Returns the number of requests that were sent.
    pub(crate) fn requests(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// Sends a text chunk to a request, counted from 0.
    pub(crate) fn send(&self, request: usize, text: &str) {
        self.send_chunk(request, AiMessageChunk::new(text));
    }

    pub(crate) fn send_chunk(&self, request: usize, chunk: AiMessageChunk) {
        self.requests.lock().unwrap()[request].unbounded_send(Ok(chunk)).unwrap();
    }

    pub(crate) fn fail(&self, request: usize, error: Error) {
        self.requests.lock().unwrap()[request].unbounded_send(Err(error)).unwrap();
    }

    /// Ends the answer to a request.
    pub(crate) fn end(&self, request: usize) {
        self.requests.lock().unwrap()[request].close_channel();
    }

    /// Returns whether nothing waits for the answer to a request any more.
    pub(crate) fn is_cancelled(&self, request: usize) -> bool {
        self.requests.lock().unwrap()[request].is_closed()
    }
}

impl ChatProvider for HandDriven {
    fn run_name(&self) -> &str {
        "HandDriven"
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let requests = Arc::clone(&self.requests);
        let chunks = async move {
            let (sender, chunks) = unbounded();
            requests.lock().unwrap().push(sender);
            chunks
        };
        ChunkStream::new(chunks.flatten_stream())
    }
}
