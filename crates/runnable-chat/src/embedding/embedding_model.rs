//! The step that calls an embedding model.

use std::sync::Arc;

use runnable_core::{Error, ErrorKind, Result, RunContext, Runnable, StepInfo};

use super::{Embedding, EmbeddingProvider};
use crate::{interceptor::intercepted, model::step_info::about, run_kind::EMBEDDING};

/// A step that calls an embedding model of any provider. It converts texts to vectors, in the same
/// order.
///
/// A clone is a handle to the same model. For an empty list of texts, the step returns an empty
/// list of vectors and does not call the provider.
///
/// ```
/// use runnable_chat::{EmbeddingModel, prelude::*};
///
/// # async fn example(model: EmbeddingModel) -> Result<()> {
/// let vectors = model.invoke(vec!["a cat".into(), "a kitten".into()]).await?;
///
/// assert_eq!(vectors.len(), 2);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Returns the errors of the provider. If the provider does not return one vector per text, the
/// step returns an error of kind [`Other`](ErrorKind::Other).
#[doc(alias("Embeddings", "embed_documents", "embed_query"))]
#[derive(Clone, Debug)]
#[must_use = "a model does nothing until it is run"]
pub struct EmbeddingModel {
    provider: Arc<dyn EmbeddingProvider>,
}

impl EmbeddingModel {
    /// Creates a model that sends its requests to `provider`.
    pub fn new(provider: impl EmbeddingProvider) -> Self {
        Self { provider: Arc::new(provider) }
    }

    /// Replaces the provider with a provider that wraps it.
    ///
    /// [`ChatModel::map_provider`](crate::ChatModel::map_provider) has an example.
    pub fn map_provider<P: EmbeddingProvider>(
        self,
        wrap: impl FnOnce(Arc<dyn EmbeddingProvider>) -> P,
    ) -> Self {
        Self { provider: Arc::new(wrap(self.provider)) }
    }

    /// Returns the name of the model, if the provider knows it.
    pub fn model(&self) -> Option<&str> {
        self.provider.model()
    }
}

impl Runnable for EmbeddingModel {
    type Input = Vec<String>;
    type Output = Vec<Embedding>;

    async fn run(&self, texts: Vec<String>, cx: RunContext) -> Result<Vec<Embedding>> {
        if let Some(vectors) = intercepted(&cx, &texts) {
            return vectors.await;
        }
        let text_count = texts.len();
        if text_count == 0 {
            return Ok(Vec::new());
        }
        let vectors = self.provider.embed(texts, cx).await?;
        if vectors.len() == text_count {
            Ok(vectors)
        } else {
            let (name, vector_count) = (self.provider.run_name(), vectors.len());
            let message = format!(
                "{name} returned {vector_count} vectors for {text_count} texts; expected one \
                     vector per text"
            );
            Err(Error::new(ErrorKind::Other, message))
        }
    }

    fn info(&self) -> StepInfo {
        let provider = &self.provider;
        about(EMBEDDING, provider.run_name(), provider.provider(), provider.model())
    }
}
