//! The supported APIs.

use providers_anthropic::anthropic;
use providers_openai::{Api, openai};
use runnable_chat::ChatModel;
use runnable_http::{HttpClientBuilder, HttpRetryPolicy};

/// An API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// OpenAI's Chat Completions.
    Chat,
    /// OpenAI's Responses.
    Responses,
    /// Anthropic's Messages.
    Messages,
}

impl Dialect {
    pub(crate) const ALL: [Self; 3] = [Self::Chat, Self::Responses, Self::Messages];

    /// Returns the provider name in answers.
    pub(crate) fn provider(self) -> &'static str {
        match self {
            Self::Chat | Self::Responses => "openai",
            Self::Messages => "anthropic",
        }
    }

    /// Returns a model for the server at this URL.
    pub(crate) fn model(self, url: &str) -> ChatModel {
        self.model_with(url, |client| client.retry_policy(HttpRetryPolicy::none()))
    }

    /// Returns a model with a custom client.
    pub(crate) fn model_with(
        self,
        url: &str,
        configure: impl FnOnce(HttpClientBuilder) -> HttpClientBuilder + Send + 'static,
    ) -> ChatModel {
        let configure = |client: HttpClientBuilder| configure(client.no_proxy());
        let openai = |name| openai(name).base_url(format!("{url}/v1")).api_key("key");
        let model = match self {
            Self::Chat => openai("gpt-4o-mini").api(Api::ChatCompletions).http(configure).build(),
            Self::Responses => openai("gpt-5").api(Api::Responses).http(configure).build(),
            Self::Messages => {
                let builder = anthropic("claude-sonnet-4-5").base_url(url).api_key("key");
                builder.http(configure).build()
            }
        };
        model.expect("a model")
    }
}
