//! The service, for what is no chat.

use runnable_chat::{ChatOptions, PromptValue, model::ChatRequest};
use runnable_core::Result;
use runnable_http::HttpClient;
use serde::Deserialize;

use crate::{
    messages::AnthropicProtocol,
    models::{self, ModelInfo},
};

/// The service. Made by [`AnthropicBuilder::client`](crate::AnthropicBuilder::client); clones share
/// connections.
#[derive(Clone, Debug)]
pub struct Anthropic {
    pub(crate) api: AnthropicProtocol,
    pub(crate) client: HttpClient,
}

impl Anthropic {
    /// How many tokens a conversation has for the model, with the tools and whatever else of these
    /// options it reads. Costs nothing.
    ///
    /// # Errors
    ///
    /// Those of a call of the model.
    pub async fn count_tokens(
        &self,
        prompt: impl Into<PromptValue>,
        options: ChatOptions,
    ) -> Result<u64> {
        #[derive(Deserialize)]
        struct Count {
            input_tokens: u64,
        }
        let request = ChatRequest::new(prompt, options).without_streaming();
        let count: Count = self.api.count(&self.client, &request)?.send().await?.json().await?;
        Ok(count.input_tokens)
    }

    /// The models that the key may use, the newest first.
    ///
    /// # Errors
    ///
    /// Those of the transport: see [`runnable_http`].
    pub async fn list_models(&self) -> Result<Vec<ModelInfo>> {
        models::list(&self.client).await
    }
}
