//! The builder of a model.

use std::{borrow::Cow, fmt, sync::Arc};

use runnable_chat::ChatModel;
use runnable_core::{Error, ErrorKind, Result};
use runnable_http::{HttpClient, HttpClientBuilder, Secret, schema::SchemaRules};

use crate::{
    api::Api,
    batch_dialect::BatchDialect,
    client::OpenAiClient,
    dialect::Dialect,
    ollama_host,
    protocol::OpenAiProtocol,
    served_model::ServedModel,
    service::{Place, SendReasoning, Service},
};

/// A builder for a model of OpenAI, or of another service with the same API.
///
/// Created by [`openai`](crate::openai) and its siblings.
///
/// ```
/// use providers_openai::openai;
///
/// # fn main() -> runnable_core::Result<()> {
/// let model = openai("gpt-4o-mini")
///     .api_key("sk-123")
///     .header("x-team", "search")
///     .http(|client| client.no_proxy())
///     .build()?
///     .temperature(0.2);
/// # Ok(())
/// # }
/// ```
///
/// Settings that are missing when the model is built are read from the environment: the key, the
/// base URL, and for [`azure`](crate::azure) the version of the API.
#[doc(alias("ChatOpenAI", "AzureChatOpenAI"))]
#[must_use = "a builder does nothing until it is built"]
pub struct OpenAiBuilder {
    service: Service,
    model: String,
    api: Option<Api>,
    key: Option<Secret>,
    base_url: Option<String>,
    api_version: Option<String>,
    dialect: Option<Dialect>,
    reasoning_field: Option<Cow<'static, str>>,
    #[allow(clippy::type_complexity, reason = "a list of functions")]
    client: Vec<Box<dyn FnOnce(HttpClientBuilder) -> HttpClientBuilder + Send>>,
    environment: Environment,
}

/// The address of a service.
struct Address {
    base_url: String,
    /// The API version to send with each request.
    api_version: Option<String>,
    /// Whether each model has its own path below the base URL.
    has_deployments: bool,
}

/// A function that returns the value of an environment variable.
type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

impl OpenAiBuilder {
    pub(crate) fn new(service: Service, model: String) -> Self {
        Self {
            service,
            model,
            api: None,
            key: None,
            base_url: None,
            api_version: None,
            dialect: None,
            reasoning_field: None,
            client: Vec::new(),
            environment: Arc::new(|name| std::env::var(name).ok()),
        }
    }

    /// Sets the API key. By default, it is read from the environment.
    #[doc(alias = "openai_api_key")]
    pub fn api_key(mut self, key: impl Into<Secret>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets the base URL of the API, such as `https://host/v1`. For Azure, it is the URL of the
    /// resource.
    #[doc(alias("openai_api_base", "azure_endpoint"))]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets the API to use. The default is [`Api::ChatCompletions`].
    #[doc(alias = "use_responses_api")]
    pub fn api(mut self, api: Api) -> Self {
        self.api = Some(api);
        self
    }

    /// Sets the version of the Azure API, such as `2024-10-21`. Requests then use the URL of the
    /// deployment.
    #[doc(alias = "openai_api_version")]
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = Some(version.into());
        self
    }

    /// Sets whether a stream of Chat Completions may end with `[DONE]` and without a finish reason.
    /// The default is `false`, because some servers send `[DONE]` when they fail in the middle of
    /// an answer.
    ///
    /// ```
    /// use providers_openai::openai_compatible;
    ///
    /// let model = openai_compatible("small").provider("mine").base_url("http://localhost:9000/v1")
    ///     .may_omit_finish_reason(true)
    ///     .build()?;
    /// # Ok::<(), runnable_core::Error>(())
    /// ```
    pub fn may_omit_finish_reason(mut self, may: bool) -> Self {
        self.service.quirks.omits_reason = may;
        self
    }

    /// Sets the organization ID to bill, if the key belongs to several organizations.
    #[doc(alias = "openai_organization")]
    pub fn organization(self, id: &str) -> Self {
        self.header("openai-organization", id)
    }

    /// Sets the ID of the organization's project that the requests belong to.
    pub fn project(self, id: &str) -> Self {
        self.header("openai-project", id)
    }

    /// Adds a header to every request.
    #[doc(alias = "default_headers")]
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.http(move |client| client.header(&name, &value))
    }

    /// Configures the HTTP client: time limits, retries, proxies and recordings.
    #[doc(alias("http_client", "http_async_client", "max_retries"))]
    pub fn http(
        mut self,
        client: impl FnOnce(HttpClientBuilder) -> HttpClientBuilder + Send + 'static,
    ) -> Self {
        self.client.push(Box::new(client));
        self
    }

    /// Sets the provider name that tracing tools display, such as `my_gateway`.
    ///
    /// Content that only its provider can read, such as encrypted reasoning, is sent back only to a
    /// service with the same provider name.
    pub fn provider(mut self, name: impl Into<String>) -> Self {
        self.service.provider = Cow::Owned(name.into());
        self
    }

    /// Sets which reasoning of earlier answers is sent back to the service.
    ///
    /// The default depends on the service. OpenAI's Chat Completions and Perplexity get no
    /// reasoning. DeepSeek, llama.cpp and vLLM get reasoning while the model calls tools. All other
    /// services always get it. Reasoning is sent only to the service that produced it, in the field
    /// in which it was received: `reasoning_content` or `reasoning`. The setting does not affect
    /// the Responses API.
    ///
    /// ```
    /// use providers_openai::{SendReasoning, openai_compatible};
    ///
    /// let builder = openai_compatible("glm-4.6").provider("my_gateway").base_url("https://gateway.example/v1")
    ///     .send_reasoning(SendReasoning::WithinTurn)
    ///     .reasoning_field("reasoning_content");
    /// ```
    pub fn send_reasoning(mut self, which: SendReasoning) -> Self {
        self.service.quirks.send_reasoning = which;
        self
    }

    /// Sets the field of a message in which reasoning is sent back.
    ///
    /// The default is the field in which the reasoning was received.
    pub fn reasoning_field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.reasoning_field = Some(field.into());
        self
    }

    /// Sets whether streamed requests ask for the token usage with the field `stream_options`.
    ///
    /// Pass `false` for a service that rejects `stream_options`. The default is `true`, except for
    /// services that always send the usage.
    ///
    /// ```
    /// use providers_openai::openai_compatible;
    ///
    /// let builder = openai_compatible("m").provider("old_server").base_url("http://localhost:5000/v1").stream_usage(false);
    /// ```
    pub fn stream_usage(mut self, enabled: bool) -> Self {
        self.service.quirks.asks_usage = enabled;
        self
    }

    /// Sets the rules that the service has for the schemas of strict tools and structured output.
    ///
    /// The default is the published rules of the service, if there are any. Set the rules for a
    /// gateway that forwards schemas to another service.
    ///
    /// ```
    /// use runnable_http::schema::SchemaRules;
    /// use providers_openai::openai_compatible;
    ///
    /// let builder = openai_compatible("fast").provider("my_gateway").base_url("https://gateway.example/v1")
    ///     .schema_rules(SchemaRules::ANTHROPIC);
    /// ```
    pub fn schema_rules(mut self, rules: SchemaRules) -> Self {
        self.dialect = Some(Dialect::Rules(rules));
        self
    }

    /// Sets whether the service has OpenAI's Batch API, with the paths `files` and `batches` below
    /// the base URL.
    ///
    /// The default is `true` for OpenAI, Azure, Groq and Mistral, which has an API of its own. Pass
    /// `true` for a gateway that documents OpenAI's Batch API.
    ///
    /// ```
    /// use providers_openai::openai_compatible;
    ///
    /// # fn main() -> runnable_core::Result<()> {
    /// let gateway = openai_compatible("m").provider("my_gateway").base_url("https://gateway.example/v1");
    /// let model = gateway.batch_api(true).build()?;
    /// assert!(model.batch_api().is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn batch_api(mut self, supported: bool) -> Self {
        let batches = &mut self.service.quirks.batches;
        *batches = match (supported, *batches) {
            (false, _) => BatchDialect::None,
            (true, BatchDialect::None) => BatchDialect::OpenAi,
            (true, known) => known,
        };
        self
    }

    /// Sets the source of environment variables, such as a settings file or a map in a test. The
    /// default is the environment of the process.
    pub fn env(
        mut self,
        variables: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.environment = Arc::new(variables);
        self
    }

    /// Returns the [protocol](OpenAiProtocol) of the service, for tests and custom transports.
    ///
    /// It encodes requests and decodes responses, and does no I/O.
    #[must_use]
    pub fn protocol(&self) -> OpenAiProtocol {
        OpenAiProtocol {
            api: self.api.unwrap_or(Api::ChatCompletions),
            in_deployment: self.address().is_ok_and(|address| address.has_deployments),
            served: ServedModel {
                provider: self.service.provider.clone(),
                name: self.model.clone(),
                quirks: self.service.quirks,
                dialect: self.dialect(),
                reasoning_field: self.reasoning_field.clone(),
            },
        }
    }

    /// Builds the model. This does not send a request.
    ///
    /// # Errors
    ///
    /// - Returns [`Authentication`](ErrorKind::Authentication) if the key is missing.
    /// - Returns [`InvalidInput`](ErrorKind::InvalidInput) if the base URL or a header is invalid.
    pub fn build(self) -> Result<ChatModel> {
        let client = self.build_client()?;
        Ok(client.chat_model(client.model()))
    }

    /// Builds a client of the service, which creates several models and
    /// [lists](OpenAiClient::list_models) those that the service offers.
    ///
    /// ```
    /// use providers_openai::groq;
    ///
    /// # fn main() -> runnable_core::Result<()> {
    /// let client = groq("llama-3.1-8b-instant").api_key("gsk-123").build_client()?;
    /// let fast = client.chat_model("llama-3.1-8b-instant");
    /// let good = client.chat_model("openai/gpt-oss-120b");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails in the same cases as [`build`](Self::build).
    pub fn build_client(self) -> Result<OpenAiClient> {
        let (protocol, run_name) = (self.protocol(), self.service.run_name);
        Ok(OpenAiClient::new(self.http_client()?, protocol, run_name))
    }

    fn http_client(self) -> Result<HttpClient> {
        let key = self.key()?;
        let address = self.address()?;
        let mut client = HttpClient::builder(&address.base_url).user_agent(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        ));
        if let Some(version) = address.api_version {
            client = client.query("api-version", &version);
        }
        if let Some(key) = key {
            client = match self.service.place {
                Place::Plain => client.bearer_auth(key),
                Place::Azure => client.secret_header("api-key", key),
            };
        }
        if let Some(variable) = self.service.key_env.first() {
            let hint = format!("set {variable} to a valid key, or pass one to `api_key`");
            client = client.hint(ErrorKind::Authentication, hint);
        }
        if self.service.provider == "openai" {
            let headers =
                [("OPENAI_ORG_ID", "openai-organization"), ("OPENAI_PROJECT_ID", "openai-project")];
            for (variable, header) in headers {
                if let Some(id) = self.variable(&[variable]) {
                    client = client.header(header, &id);
                }
            }
        }
        self.client.into_iter().fold(client, |client, set| set(client)).build()
    }

    /// Returns the value of the first of these environment variables that is set and not blank.
    fn variable(&self, names: &[&str]) -> Option<String> {
        let set = |name: &&str| (self.environment)(name).filter(|text| !text.trim().is_empty());
        names.iter().find_map(set)
    }

    /// Returns the base URL that the environment sets.
    fn base_url_variable(&self) -> Option<String> {
        let value = self.variable(self.service.base_url_env)?;
        Some(match self.service.base_url_env {
            ["OLLAMA_HOST"] => ollama_host::base_url(&value),
            _ => value,
        })
    }

    /// Returns the rules for schemas: the rules that the user has set, otherwise the rules that are
    /// known for the host of the base URL, otherwise the rules of the service.
    fn dialect(&self) -> Dialect {
        let base_url = self.base_url.clone().or_else(|| self.base_url_variable());
        let host = || base_url.as_deref().and_then(Dialect::at);
        self.dialect.or_else(host).unwrap_or(self.service.quirks.dialect)
    }

    fn key(&self) -> Result<Option<Secret>> {
        let key = self.key.clone().filter(|key| !key.expose().is_empty());
        let key = key.or_else(|| self.variable(self.service.key_env).map(Secret::from));
        if key.is_none() && self.service.needs_key {
            let variable = self.service.key_env.join(" or ");
            let message = format!(
                "missing API key for `{}`; set {variable}, or pass one to `api_key`",
                self.service.provider
            );
            return Err(Error::new(ErrorKind::Authentication, message));
        }
        Ok(key)
    }

    /// Returns the base URL, and the API version to send with each request.
    fn address(&self) -> Result<Address> {
        let default = || self.service.base_url.map(str::to_owned);
        let base = self.base_url.clone();
        let base = base.or_else(|| self.base_url_variable()).or_else(default);
        let Some(base) = base else {
            let provider = &self.service.provider;
            let message = match self.service.base_url_env {
                [] => format!("missing base URL for `{provider}`; pass one to `base_url`"),
                names => format!(
                    "missing base URL for `{provider}`; set {}, or pass one to `base_url`",
                    names.join(" or ")
                ),
            };
            return Err(Error::new(ErrorKind::InvalidInput, message));
        };
        let plain =
            |base_url, api_version| Address { base_url, api_version, has_deployments: false };
        if self.service.place == Place::Plain {
            return Ok(plain(base, None));
        }
        let version = self.api_version.clone();
        let version = version.or_else(|| self.variable(&["OPENAI_API_VERSION"]));
        let resource = base.trim_end_matches('/');
        // The URL already contains a path within the resource, so use it unchanged.
        if resource.contains("/openai/") || resource.ends_with("/models") {
            return Ok(plain(base, version));
        }
        let resource = resource.strip_suffix("/openai").unwrap_or(resource);
        Ok(match (version, self.api) {
            (version @ Some(_), None | Some(Api::ChatCompletions)) => {
                let base_url = format!("{resource}/openai");
                Address { base_url, api_version: version, has_deployments: true }
            }
            _ => plain(format!("{resource}/openai/v1"), None),
        })
    }
}

/// Leaves out the key, and all headers, because a header may contain a secret.
impl fmt::Debug for OpenAiBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiBuilder")
            .field("provider", &self.service.provider)
            .field("model", &self.model)
            .field("api", &self.api)
            .finish_non_exhaustive()
    }
}
