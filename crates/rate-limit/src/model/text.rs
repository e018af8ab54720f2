//! A text model with a rate limiter.

use std::sync::Arc;

use futures_util::{FutureExt, StreamExt};
use runnable_chat::model::{TextProvider, TextRequest};
use runnable_core::{ChunkStream, RunContext};

use super::reported_usage::ReportedUsage;
use crate::{RateLimiter, estimate::tokens_of_bytes, quantity::Tokens, turn::Admission};

/// A text model whose requests wait for a rate limiter.
#[derive(Debug)]
pub(crate) struct LimitedText {
    model: Arc<dyn TextProvider>,
    limiter: RateLimiter,
}

impl LimitedText {
    pub(crate) fn new(model: Arc<dyn TextProvider>, limiter: RateLimiter) -> Self {
        Self { model, limiter }
    }
}

impl TextProvider for LimitedText {
    fn run_name(&self) -> &str {
        self.model.run_name()
    }

    fn provider(&self) -> Option<&str> {
        self.model.provider()
    }

    fn model(&self) -> Option<&str> {
        self.model.model()
    }

    fn supports_streaming(&self) -> bool {
        self.model.supports_streaming()
    }

    /// The tokens remain estimates if the model reports no usage.
    fn stream(&self, request: TextRequest, cx: RunContext) -> ChunkStream<String> {
        let (model, limiter) = (Arc::clone(&self.model), self.limiter.clone());
        let chunks = async move {
            let expected = limiter.state().expected_output();
            let output = request.options.max_tokens.map_or(expected, |most| most.min(expected));
            let estimate = Tokens { input: tokens_of_bytes(request.prompt.len() as u64), output };
            match Admission::wait(&limiter, &cx, estimate).await {
                Ok(admission) => {
                    let (reported, cx) = ReportedUsage::of_call(admission, cx);
                    let chunks = model.stream(request, cx).inspect(move |chunk| {
                        if let Err(error) = chunk {
                            reported.admission().failed(error);
                        }
                    });
                    ChunkStream::<String>::new(chunks)
                }
                Err(error) => ChunkStream::error(error),
            }
        };
        ChunkStream::new(chunks.flatten_stream())
    }
}
