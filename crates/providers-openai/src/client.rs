//! The client of a service with OpenAI's API.

use runnable_chat::{ChatModel, EmbeddingModel};
use runnable_core::Result;
use runnable_http::{
    HttpClient,
    chat::{HttpChatModel, ModelInfo, ModelPage},
};

use crate::{
    batches::OpenAiBatches, embedding_provider::OpenAiEmbeddings, protocol::OpenAiProtocol,
};

/// A client of OpenAI, or of another service with the same API. It creates models, and lists the
/// models that the service offers.
///
/// Created by [`OpenAiBuilder::build_client`](crate::OpenAiBuilder::build_client). Clones share
/// connections.
///
/// ```
/// use providers_openai::openai;
///
/// # fn main() -> runnable_core::Result<()> {
/// let client = openai("gpt-4o-mini").api_key("sk-123").build_client()?;
/// assert_eq!(client.model(), "gpt-4o-mini");
///
/// let small = client.chat_model("gpt-4o-mini").temperature(0.0);
/// let large = client.chat_model("gpt-4o");
/// let embeddings = client.embedding_model("text-embedding-3-small");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct OpenAiClient {
    http: HttpClient,
    /// The protocol of the model for which the client was built.
    protocol: OpenAiProtocol,
    run_name: &'static str,
}

impl OpenAiClient {
    pub(crate) fn new(http: HttpClient, protocol: OpenAiProtocol, run_name: &'static str) -> Self {
        Self { http, protocol, run_name }
    }

    /// Returns the name of the model for which the client was built.
    pub fn model(&self) -> &str {
        &self.protocol.served.name
    }

    /// Creates the chat model with this name, with the settings of the builder. This does not send a
    /// request.
    #[doc(alias = "ChatOpenAI")]
    pub fn chat_model(&self, model: impl Into<String>) -> ChatModel {
        let protocol = self.protocol_of(model.into());
        let (provider, name) = (protocol.served.provider.clone(), protocol.served.name.clone());
        let batches = OpenAiBatches::new(&self.http, &protocol);
        let chat = HttpChatModel::new(protocol, self.http.clone(), provider, name);
        let chat = chat.with_run_name(self.run_name);
        ChatModel::new(match batches {
            Some(batches) => chat.with_batch_provider(batches),
            None => chat,
        })
    }

    /// Creates the embedding model with this name.
    ///
    /// To set options, such as the length of the vectors, use
    /// [`OpenAiBuilder::embeddings`](crate::OpenAiBuilder::embeddings) instead.
    #[doc(alias = "OpenAIEmbeddings")]
    pub fn embedding_model(&self, model: impl Into<String>) -> EmbeddingModel {
        EmbeddingModel::new(self.embedding_provider(model.into()))
    }

    /// Returns the models that the service offers, in the order in which the service lists them. A
    /// model without an ID is left out.
    ///
    /// ```no_run
    /// # async fn example() -> runnable_core::Result<()> {
    /// let client = providers_openai::openai("gpt-4o-mini").build_client()?;
    /// for model in client.list_models().await? {
    ///     println!("{} {:?}", model.id, model.created_at);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of the [transport](runnable_http#errors) and of the service, and
    /// [`Parse`](runnable_core::ErrorKind::Parse) if the answer is not a list of models.
    pub async fn list_models(&self) -> Result<Vec<ModelInfo>> {
        let page: ModelPage = self.http.get("models").send().await?.json().await?;
        Ok(page.models)
    }

    pub(crate) fn embedding_provider(&self, model: String) -> OpenAiEmbeddings {
        let protocol = self.protocol_of(model);
        let path = protocol.path("embeddings");
        OpenAiEmbeddings::new(
            self.http.clone(),
            protocol.served.provider,
            protocol.served.name,
            path,
        )
    }

    fn protocol_of(&self, model: String) -> OpenAiProtocol {
        let mut protocol = self.protocol.clone();
        protocol.served.name = model;
        protocol
    }
}
