//! How an embedding model is made.

use runnable_chat::EmbeddingModel;
use runnable_core::{Metadata, Result};
use serde_json::Value;

use crate::builder::OpenAiBuilder;

/// Makes an embedding model.
///
/// Created by [`OpenAiBuilder::embeddings`]. The model asks for vectors in base64, which are a quarter
/// of the bytes; a service that answers with numbers is understood, too. It sends more texts than a
/// request may have in several requests.
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
#[derive(Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct OpenAiEmbeddingsBuilder {
    service: OpenAiBuilder,
    batch_size: usize,
    extras: Metadata,
}

impl OpenAiBuilder {
    /// Makes an embedding model of this name instead of a chat model.
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
    pub fn embeddings(self) -> OpenAiEmbeddingsBuilder {
        OpenAiEmbeddingsBuilder { service: self, batch_size: 2048, extras: Metadata::new() }
    }
}

impl OpenAiEmbeddingsBuilder {
    /// Sets the length of the vectors, for models that can shorten them.
    pub fn dimensions(self, dimensions: usize) -> Self {
        self.extra("dimensions", dimensions)
    }

    /// Sets the largest number of texts of a request. The default is 2048, which is OpenAI's limit.
    #[doc(alias = "chunk_size")]
    pub fn batch_size(mut self, most: usize) -> Self {
        self.batch_size = most.max(1);
        self
    }

    /// Sets a field of the request that this library does not name. `null` leaves the field out.
    pub fn extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extras.insert(field.into(), value.into());
        self
    }

    /// Makes the model. Nothing is sent before it is run.
    ///
    /// # Errors
    ///
    /// As [`OpenAiBuilder::build`].
    pub fn build(self) -> Result<EmbeddingModel> {
        let client = self.service.build_client()?;
        let mut provider = client.embedding_provider(client.model().to_owned());
        (provider.batch_size, provider.extras) = (self.batch_size, self.extras);
        Ok(EmbeddingModel::new(provider))
    }
}
