//! Providers that call steps, and pause, with the context of a request.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, stream};
use runnable_chat::{
    AiMessageChunk,
    model::{ChatProvider, ChatRequest},
    prelude::*,
};
use tokio::time::sleep;

/// A step that a provider calls.
pub(crate) type Inner = DynRunnable<u64, String>;

/// A chat model whose provider pauses, and then calls a step for each chunk.
#[derive(Clone, Debug)]
pub(crate) struct CallsSteps {
    inner: Arc<Inner>,
    chunks: u64,
    pause: Duration,
}

impl CallsSteps {
    pub(crate) fn new(inner: impl Runnable<Input = u64, Output = String>) -> Self {
        Self { inner: Arc::new(inner.into_dyn()), chunks: 3, pause: Duration::ZERO }
    }

    pub(crate) fn with_chunks(self, chunks: u64) -> Self {
        Self { chunks, ..self }
    }

    pub(crate) fn pausing(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }
}

impl ChatProvider for CallsSteps {
    fn run_name(&self) -> &str {
        "CallsSteps"
    }

    fn stream(&self, _: ChatRequest, cx: RunContext) -> ChunkStream<AiMessage> {
        let Self { inner, chunks, pause } = self.clone();
        ChunkStream::new(stream::iter(0..chunks).then(move |number| {
            let (inner, cx) = (Arc::clone(&inner), cx.clone());
            async move {
                if !pause.is_zero() {
                    cx.pause(sleep(pause)).await;
                }
                inner.invoke(number).config(&cx).await.map(AiMessageChunk::new)
            }
        }))
    }
}
