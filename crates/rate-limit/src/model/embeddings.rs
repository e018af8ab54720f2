//! An embedding model with a rate limiter.

use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};
use runnable_chat::embedding::{Embedding, EmbeddingProvider};
use runnable_core::{Result, RunContext};

use super::reported_usage::ReportedUsage;
use crate::{RateLimiter, estimate::tokens_of_bytes, quantity::Tokens, turn::Admission};

/// An embedding model whose requests wait for a rate limiter.
#[derive(Debug)]
pub(crate) struct LimitedEmbeddings {
    model: Arc<dyn EmbeddingProvider>,
    limiter: RateLimiter,
}

impl LimitedEmbeddings {
    pub(crate) fn new(model: Arc<dyn EmbeddingProvider>, limiter: RateLimiter) -> Self {
        Self { model, limiter }
    }
}

impl EmbeddingProvider for LimitedEmbeddings {
    fn run_name(&self) -> &str {
        self.model.run_name()
    }

    fn provider(&self) -> Option<&str> {
        self.model.provider()
    }

    fn model(&self) -> Option<&str> {
        self.model.model()
    }

    /// The tokens remain estimates if the model reports no usage.
    fn embed(
        &self,
        texts: Vec<String>,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<Vec<Embedding>>> {
        let (model, limiter) = (Arc::clone(&self.model), self.limiter.clone());
        let vectors = async move {
            let input = texts.iter().map(|text| tokens_of_bytes(text.len() as u64));
            let input = input.fold(0, u64::saturating_add);
            let admission = Admission::wait(&limiter, &cx, Tokens { input, output: 0 }).await?;
            let (reported, cx) = ReportedUsage::of_call(admission, cx);
            let vectors = model.embed(texts, cx).await;
            if let Err(error) = &vectors {
                reported.admission().failed(error);
            }
            vectors
        };
        vectors.boxed()
    }
}
