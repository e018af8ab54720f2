//! The builder of an embedding model.

use runnable_chat::EmbeddingModel;
use runnable_core::{Metadata, Result};
use serde_json::Value;

use crate::builder::OpenAiBuilder;

/// A builder for an embedding model of OpenAI, or of another service with the same API.
///
/// Created by [`OpenAiBuilder::embeddings`]. The model requests vectors in base64, which needs only
/// a quarter of the bytes of JSON numbers, and also accepts vectors of numbers. If there are more
/// texts than fit in one request, the model sends several requests.
///
/// ```no_run
/// use providers_openai::openai;
/// use runnable_chat::prelude::*;
///
/// # async fn example() -> Result<()> {
/// let model = openai("text-embedding-3-small").embeddings().dimensions(256).build()?;
/// let vectors = model.invoke(vec!["a cat".into()]).await?;
/// assert_eq!(vectors[0].len(), 256);
/// # Ok(())
/// # }
/// ```
#[doc(alias("OpenAIEmbeddings", "AzureOpenAIEmbeddings"))]
#[derive(Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct OpenAiEmbeddingsBuilder {
    service: OpenAiBuilder,
    batch_size: usize,
    extras: Metadata,
}

impl OpenAiBuilder {
    /// Returns a builder for an embedding model with this name, instead of a chat model.
    ///
    /// ```
    /// use providers_openai::openai;
    ///
    /// # fn main() -> runnable_core::Result<()> {
    /// let model = openai("text-embedding-3-small").api_key("sk-123").embeddings().build()?;
    /// assert_eq!(model.model(), Some("text-embedding-3-small"));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "OpenAIEmbeddings")]
    pub fn embeddings(self) -> OpenAiEmbeddingsBuilder {
        OpenAiEmbeddingsBuilder { service: self, batch_size: 2048, extras: Metadata::new() }
    }
}

impl OpenAiEmbeddingsBuilder {
    /// Sets the length of the vectors, for models that can shorten them.
    pub fn dimensions(self, dimensions: usize) -> Self {
        self.extra("dimensions", dimensions)
    }

    /// Sets the maximum number of texts in one request. The default is 2048, which is OpenAI's
    /// limit. 0 counts as 1.
    #[doc(alias = "chunk_size")]
    pub fn batch_size(mut self, most: usize) -> Self {
        self.batch_size = most.max(1);
        self
    }

    /// Adds a field to the body of each request. The field is sent as given.
    ///
    /// It replaces a field of the same name that this crate would send. The value `null` removes
    /// the field.
    #[doc(alias = "model_kwargs")]
    pub fn extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extras.insert(field.into(), value.into());
        self
    }

    /// Builds the model. This does not send a request.
    ///
    /// # Errors
    ///
    /// Fails in the same cases as [`OpenAiBuilder::build`].
    pub fn build(self) -> Result<EmbeddingModel> {
        let client = self.service.build_client()?;
        let mut provider = client.embedding_provider(client.model().to_owned());
        (provider.batch_size, provider.extras) = (self.batch_size, self.extras);
        Ok(EmbeddingModel::new(provider))
    }
}
