//! The client of the Anthropic API.

use runnable_chat::{ChatModel, ChatOptions, PromptValue, model::ChatRequest};
use runnable_core::{Result, RunContext};
use runnable_http::{
    HttpClient,
    chat::{HttpChatModel, ModelInfo, ModelPage, count_tokens},
};

use crate::{batches::AnthropicBatches, protocol::AnthropicProtocol};

/// A client of the Anthropic API. It creates models, counts tokens, and lists the models that are
/// available.
///
/// Created by [`AnthropicBuilder::build_client`](crate::AnthropicBuilder::build_client). Clones share
/// connections.
///
/// ```
/// use providers_anthropic::anthropic;
///
/// # fn main() -> runnable_core::Result<()> {
/// let client = anthropic("claude-sonnet-4-5").api_key("sk-ant-…").build_client()?;
/// assert_eq!(client.model(), "claude-sonnet-4-5");
///
/// let fast = client.chat_model("claude-haiku-4-5").temperature(0.0);
/// let good = client.chat_model("claude-opus-4-1");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AnthropicClient {
    http: HttpClient,
    /// The protocol of the model for which the client was built.
    protocol: AnthropicProtocol,
}

impl AnthropicClient {
    pub(crate) fn new(http: HttpClient, protocol: AnthropicProtocol) -> Self {
        Self { http, protocol }
    }

    /// Returns the name of the model for which the client was built.
    pub fn model(&self) -> &str {
        self.protocol.model()
    }

    /// Creates the chat model with this name, with the settings of the builder. This does not send a
    /// request.
    #[doc(alias = "ChatAnthropic")]
    pub fn chat_model(&self, model: impl Into<String>) -> ChatModel {
        let protocol = self.protocol.of_model(model.into());
        let name = protocol.model().to_owned();
        let batches = AnthropicBatches::new(&self.http, &protocol);
        let chat = HttpChatModel::new(protocol, self.http.clone(), "anthropic", name)
            .with_batch_provider(batches);
        ChatModel::new(chat.with_run_name("ChatAnthropic"))
    }

    /// Returns the number of input tokens of a prompt for the [model](Self::model) of the client.
    ///
    /// The number includes the tools in `options`, and other options that are part of the input.
    /// The request is free of charge. For a model that is in a chain, use
    /// [`ChatModel::count_tokens`](runnable_chat::ChatModel::count_tokens).
    ///
    /// ```no_run
    /// use runnable_chat::ChatOptions;
    ///
    /// # async fn example() -> runnable_core::Result<()> {
    /// let client = providers_anthropic::anthropic("claude-sonnet-4-5").build_client()?;
    /// let tokens = client.count_tokens("How long is this?", ChatOptions::new()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails in the same cases as a call of the model.
    #[doc(alias = "get_num_tokens_from_messages")]
    pub async fn count_tokens(
        &self,
        prompt: impl Into<PromptValue>,
        options: ChatOptions,
    ) -> Result<u64> {
        let request = ChatRequest::new(prompt, options).without_streaming();
        let call = self.protocol.counted(&request)?;
        count_tokens(&self.http, call, &RunContext::default()).await
    }

    /// Returns the models that are available with this API key, newest first. A model without an ID
    /// is left out.
    ///
    /// ```no_run
    /// # async fn example() -> runnable_core::Result<()> {
    /// let client = providers_anthropic::anthropic("claude-sonnet-4-5").build_client()?;
    /// for model in client.list_models().await? {
    ///     println!("{} {:?}", model.id, model.display_name);
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
        let mut models = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let mut request = self.http.get("v1/models").query("limit", "1000");
            if let Some(after) = &after {
                request = request.query("after_id", after);
            }
            let page: ModelPage = request.send().await?.json().await?;
            models.extend(page.models);
            after = page.next_after.filter(|last| after.as_ref() != Some(last));
            if after.is_none() {
                break;
            }
        }
        Ok(models)
    }
}

/// The maximum number of pages of the list that are requested. A faulty service could otherwise
/// send pages without end.
const MAX_PAGES: usize = 100;
