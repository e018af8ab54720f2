//! The trait that the provider of an embedding model implements.

use std::fmt;

use futures_core::future::BoxFuture;
use runnable_core::{Result, RunContext};

/// The vector of a text.
///
/// All vectors of a model have the same length. The smaller the angle between two vectors, the more
/// similar are the meanings of their texts.
pub type Embedding = Vec<f32>;

/// The backend of an embedding model. Implement this trait to add a provider.
///
/// To use a provider in chains, wrap it in an [`EmbeddingModel`](super::EmbeddingModel).
#[doc(alias = "Embeddings")]
pub trait EmbeddingProvider: fmt::Debug + Send + Sync + 'static {
    /// Returns the name of the model's runs, such as `OpenAIEmbeddings`.
    fn run_name(&self) -> &str;

    /// Returns the provider's name for tracing tools, such as `openai`.
    ///
    /// It is the value of `ls_provider` in the metadata of runs.
    fn provider(&self) -> Option<&str> {
        None
    }

    /// Returns the name of the model, such as `text-embedding-3-small`.
    ///
    /// It is the value of `ls_model_name` in the metadata of runs.
    fn model(&self) -> Option<&str> {
        None
    }

    /// Returns one vector per text, in the order of the texts.
    ///
    /// The implementation must do nothing before the future is polled, and must stop the model when
    /// the future is dropped.
    #[doc(alias("embed_documents", "embed_query"))]
    fn embed(
        &self,
        texts: Vec<String>,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<Vec<Embedding>>>;
}
