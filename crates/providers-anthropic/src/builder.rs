//! The builder of a model.

use std::{env, fmt};

use runnable_chat::ChatModel;
use runnable_core::{Error, ErrorKind, Result};
use runnable_http::{HttpClient, HttpClientBuilder, Secret};

use crate::{client::AnthropicClient, protocol::AnthropicProtocol};

/// Creates a builder for a Claude model, or for another model with the same API. The API key and
/// base URL are read from the environment unless they are set.
///
/// ```
/// use providers_anthropic::anthropic;
/// use runnable_chat::prelude::*;
///
/// # fn main() -> Result<()> {
/// let model = anthropic("claude-sonnet-4-5").api_key("sk-ant-…").build()?.max_tokens(500);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "ChatAnthropic")]
pub fn anthropic(model: impl Into<String>) -> AnthropicBuilder {
    AnthropicBuilder {
        api: AnthropicProtocol::new(model),
        key: None,
        base_url: None,
        headers: Vec::new(),
        http: Vec::new(),
    }
}

/// A builder for a model of Anthropic, or of another service with the same API.
///
/// Created by [`anthropic`].
///
/// | setting | method | environment variable |
/// |---|---|---|
/// | key or token | [`api_key`](Self::api_key), [`auth_token`](Self::auth_token) | `ANTHROPIC_API_KEY`, `ANTHROPIC_AUTH_TOKEN` |
/// | base URL (default `https://api.anthropic.com`) | [`base_url`](Self::base_url) | `ANTHROPIC_BASE_URL` |
#[doc(alias = "ChatAnthropic")]
#[must_use = "a builder does nothing until it is built"]
pub struct AnthropicBuilder {
    api: AnthropicProtocol,
    key: Option<Key>,
    base_url: Option<String>,
    headers: Vec<(String, String)>,
    http: Vec<Configure>,
}

type Configure = Box<dyn FnOnce(HttpClientBuilder) -> HttpClientBuilder + Send>;

enum Key {
    /// A key that is sent in the header `x-api-key`.
    Api(Secret),
    /// A token that is sent in the header `authorization: Bearer …`.
    Token(Secret),
}

const API_KEY: &str = "ANTHROPIC_API_KEY";
const AUTH_TOKEN: &str = "ANTHROPIC_AUTH_TOKEN";
const BASE_URL: &str = "ANTHROPIC_BASE_URL";

impl AnthropicBuilder {
    /// Sets the API key, which is sent in the header `x-api-key`.
    #[doc(alias = "anthropic_api_key")]
    pub fn api_key(mut self, key: impl Into<Secret>) -> Self {
        self.key = Some(Key::Api(key.into()));
        self
    }

    /// Sets a token, which is sent in the header `authorization: Bearer …`, as some gateways
    /// require.
    pub fn auth_token(mut self, token: impl Into<Secret>) -> Self {
        self.key = Some(Key::Token(token.into()));
        self
    }

    /// Sets the base URL, for example of a gateway, without `/v1` at its end.
    #[doc(alias = "anthropic_api_url")]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Enables a [beta feature](https://platform.claude.com/docs/en/api/beta-headers), such as
    /// `context-1m-2025-08-07`.
    #[doc(alias = "betas")]
    pub fn beta(mut self, feature: impl Into<String>) -> Self {
        self.api = self.api.beta(feature);
        self
    }

    /// Adds a header to every request.
    ///
    /// Do not put a secret into the header, because its value is masked only if its name is the
    /// name of a header for credentials, such as `authorization`.
    #[doc(alias = "default_headers")]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Configures the HTTP client: time limits, retries, proxies and recordings.
    ///
    /// ```
    /// use providers_anthropic::anthropic;
    /// use runnable_http::HttpRetryPolicy;
    ///
    /// let once = HttpRetryPolicy::none();
    /// let builder = anthropic("claude-sonnet-4-5").http(move |client| client.retry_policy(once));
    /// ```
    #[doc(alias("anthropic_proxy", "max_retries"))]
    pub fn http(
        mut self,
        configure: impl FnOnce(HttpClientBuilder) -> HttpClientBuilder + Send + 'static,
    ) -> Self {
        self.http.push(Box::new(configure));
        self
    }

    /// Builds the model. This does not send a request.
    ///
    /// # Errors
    ///
    /// - Returns [`Authentication`](ErrorKind::Authentication) if the key is missing. With another
    ///   base URL, the key is optional.
    /// - Returns [`InvalidInput`](ErrorKind::InvalidInput) if the base URL or a header is invalid.
    pub fn build(self) -> Result<ChatModel> {
        let client = self.build_client()?;
        Ok(client.chat_model(client.model()))
    }

    /// Builds a client of the service, which creates several models, and also
    /// [counts tokens](AnthropicClient::count_tokens) and
    /// [lists models](AnthropicClient::list_models).
    ///
    /// ```
    /// use providers_anthropic::anthropic;
    ///
    /// # fn main() -> runnable_core::Result<()> {
    /// let client = anthropic("claude-sonnet-4-5").api_key("sk-ant-…").build_client()?;
    /// let model = client.chat_model("claude-haiku-4-5");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails in the same cases as [`build`](Self::build).
    pub fn build_client(self) -> Result<AnthropicClient> {
        let base_url = self.base_url.or_else(|| variable(BASE_URL));
        let key = self
            .key
            .or_else(|| variable(API_KEY).map(|key| Key::Api(key.into())))
            .or_else(|| variable(AUTH_TOKEN).map(|token| Key::Token(token.into())));
        let base = base_url.as_deref().unwrap_or("https://api.anthropic.com");
        // Users may pass the base URL with the version at its end, because other APIs require it.
        let base = base.trim_end_matches('/');
        let base = base.strip_suffix("/v1").unwrap_or(base);
        let mut client = HttpClient::builder(base)
            .header("anthropic-version", "2023-06-01")
            .hint(ErrorKind::Authentication, format!("set {API_KEY} to a valid key"));
        client = match key {
            Some(Key::Api(key)) => client.secret_header("x-api-key", key),
            Some(Key::Token(token)) => client.bearer_auth(token),
            None if base_url.is_some() => client,
            None => {
                let message = format!(
                    "missing API key for Anthropic; set the environment variable {API_KEY}, or \
                     call `api_key`"
                );
                return Err(Error::new(ErrorKind::Authentication, message));
            }
        };
        for (name, value) in &self.headers {
            client = client.header(name, value);
        }
        let client = self.http.into_iter().fold(client, |client, configure| configure(client));
        Ok(AnthropicClient::new(client.build()?, self.api))
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Leaves out the key, and all headers, because a header may contain a key.
impl fmt::Debug for AnthropicBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnthropicBuilder")
            .field("api", &self.api)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}
