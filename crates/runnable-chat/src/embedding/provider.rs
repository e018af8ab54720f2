//! What a provider writes to be an embedding model.

use std::fmt;

use futures_core::future::BoxFuture;
use runnable_core::{Result, RunContext};

/// The vector of a text. Vectors of the same model have the same length, and the angle between two
/// of them measures how alike their texts are.
pub type Embedding = Vec<f32>;

/// An embedding model, as the author of a provider writes it. Its users have an
/// [`EmbeddingModel`](super::EmbeddingModel), made of it.
pub trait EmbeddingProvider: fmt::Debug + Send + Sync + 'static {
    /// What runs of the model are called, such as `OpenAIEmbeddings`.
    fn run_name(&self) -> &str;

    /// The provider, as tracing tools know it (`ls_provider`), such as `openai`.
    fn provider(&self) -> Option<&str> {
        None
    }

    /// The name of the model (`ls_model_name`), such as `text-embedding-3-small`.
    fn model(&self) -> Option<&str> {
        None
    }

    /// The vectors of these texts, in their order. Nothing happens before the future is polled, and
    /// dropping it stops the model.
    fn embed(
        &self,
        texts: Vec<String>,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<Vec<Embedding>>>;
}
