//! The trait that the provider of an embedding model implements.

use std::fmt;

use futures_core::future::BoxFuture;
use runnable_core::{Result, RunContext};

/// The vector of a text.
///
/// All vectors of a model have the same length. If the angle between two vectors is small, their
/// texts have similar meanings.
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
    /// The metadata of the model's runs contains this name as `ls_provider`.
    fn provider(&self) -> Option<&str> {
        None
    }

    /// Returns the name of the model, such as `text-embedding-3-small`.
    ///
    /// The metadata of the model's runs contains this name as `ls_model_name`.
    fn model(&self) -> Option<&str> {
        None
    }

    /// Returns one vector per text, in the order of the texts.
    ///
    /// The implementation must do nothing before the future is polled, and must stop the model when
    /// the future is dropped. If the service states a token usage, report it as
    /// [`USAGE_REPORT`](crate::metering::USAGE_REPORT).
    #[doc(alias("embed_documents", "embed_query"))]
    fn embed(
        &self,
        texts: Vec<String>,
        cx: RunContext,
    ) -> BoxFuture<'static, Result<Vec<Embedding>>>;
}
