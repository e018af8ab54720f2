//! How a model is made.

use std::{borrow::Cow, fmt, sync::Arc};

use runnable_chat::ChatModel;
use runnable_core::{Error, ErrorKind, Result};
use runnable_http::{HttpClient, HttpClientBuilder, Secret, schema::SchemaRules};

use crate::{
    client::OpenAiClient,
    dialect::Dialect,
    ollama_host,
    protocol::OpenAiProtocol,
    served_model::ServedModel,
    service::{Api, Place, SendReasoning, Service},
};

/// Makes a model of a service that speaks OpenAI's API.
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
/// What is not set is read from the environment when the model is built: the key, the base URL, and
/// for [`azure`](crate::azure) the version of the API.
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

/// Where requests go.
struct Address {
    base_url: String,
    /// The version of the API that each request names.
    api_version: Option<String>,
    /// Whether each model has an address of its own, below the base URL.
    has_deployments: bool,
}

/// Where variables come from.
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

    /// The key, instead of that of the environment.
    pub fn api_key(mut self, key: impl Into<Secret>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The URL below which the API is, such as `https://host/v1`; for Azure, that of the resource.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Which of the APIs is spoken; [`Api::ChatCompletions`], unless said otherwise.
    pub fn api(mut self, api: Api) -> Self {
        self.api = Some(api);
        self
    }

    /// Azure's version of the API, such as `2024-10-21`. Requests then go to the address of the
    /// deployment.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = Some(version.into());
        self
    }

    /// Sets whether a stream of Chat Completions is complete at its `[DONE]`, though no finish reason
    /// came. The default is `false`: servers also write `[DONE]` when they fail half-way.
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

    /// Who pays, if the key belongs to several organizations.
    pub fn organization(self, id: &str) -> Self {
        self.header("openai-organization", id)
    }

    /// Which of the organization's projects it is for.
    pub fn project(self, id: &str) -> Self {
        self.header("openai-project", id)
    }

    /// A header of every request.
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.http(move |client| client.header(&name, &value))
    }

    /// Everything else about the transport: time limits, retries, proxies, recordings.
    pub fn http(
        mut self,
        client: impl FnOnce(HttpClientBuilder) -> HttpClientBuilder + Send + 'static,
    ) -> Self {
        self.client.push(Box::new(client));
        self
    }

    /// How tracing tools are to know the service, such as `my_gateway`. What only its provider can
    /// read, such as encrypted thoughts, is sent back to the service of this name alone.
    pub fn provider(mut self, name: impl Into<String>) -> Self {
        self.service.provider = Cow::Owned(name.into());
        self
    }

    /// Sets which reasoning of earlier answers is sent back to the service.
    ///
    /// The default depends on the service: OpenAI's Chat Completions and Perplexity take none,
    /// DeepSeek, llama.cpp and vLLM take it while the model calls tools, and all others take it
    /// always. Reasoning goes only to the service that gave it, in the field in which it came:
    /// `reasoning_content` or `reasoning`. The Responses API has rules of its own.
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

    /// Sets the field of a message in which reasoning is sent back, instead of the field in which
    /// the answer had it.
    pub fn reasoning_field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.reasoning_field = Some(field.into());
        self
    }

    /// Sets whether a stream is asked to count its tokens, by `stream_options`.
    ///
    /// Turn it off for a service that refuses `stream_options`. The default is on, unless the
    /// service counts without being asked.
    ///
    /// ```
    /// use providers_openai::openai_compatible;
    ///
    /// let builder = openai_compatible("m").provider("old_server").base_url("http://localhost:5000/v1").stream_usage(false);
    /// ```
    pub fn stream_usage(mut self, asked: bool) -> Self {
        self.service.quirks.asks_usage = asked;
        self
    }

    /// Sets the rules to which the service holds the schemas of strict tools and structured answers.
    ///
    /// The default is the rules of the service, as far as it publishes them. Set them for a gateway
    /// that hands schemas on.
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

    /// Where environment variables come from, instead of the process: a file of settings, or a test.
    pub fn env(
        mut self,
        variables: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.environment = Arc::new(variables);
        self
    }

    /// What the service speaks, as plain data: for tests, and for transports of your own.
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

    /// The model. Nothing is sent before it is run.
    ///
    /// # Errors
    ///
    /// - [`Authentication`](ErrorKind::Authentication): there is no key.
    /// - [`InvalidInput`](ErrorKind::InvalidInput): the base URL or a header is unusable.
    pub fn build(self) -> Result<ChatModel> {
        let client = self.build_client()?;
        Ok(client.chat_model(client.model()))
    }

    /// Connects to the service, to make several models of it, and to
    /// [list](OpenAiClient::list_models) those that it offers.
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
    /// As [`build`](Self::build).
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
            let who =
                [("OPENAI_ORG_ID", "openai-organization"), ("OPENAI_PROJECT_ID", "openai-project")];
            for (variable, header) in who {
                if let Some(id) = self.variable(&[variable]) {
                    client = client.header(header, &id);
                }
            }
        }
        self.client.into_iter().fold(client, |client, set| set(client)).build()
    }

    /// The first of these variables that is set.
    fn variable(&self, names: &[&str]) -> Option<String> {
        let set = |name: &&str| (self.environment)(name).filter(|text| !text.trim().is_empty());
        names.iter().find_map(set)
    }

    /// The base URL that the environment names.
    fn base_url_variable(&self) -> Option<String> {
        let value = self.variable(self.service.base_url_env)?;
        Some(match self.service.base_url_env {
            ["OLLAMA_HOST"] => ollama_host::base_url(&value),
            _ => value,
        })
    }

    /// The rules for schemas: those that are set, or those of the host, or those of the service.
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
                "{} needs a key: set the environment variable {variable}, or pass one to `api_key`",
                self.service.provider
            );
            return Err(Error::new(ErrorKind::Authentication, message));
        }
        Ok(key)
    }

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
        // An address within the resource is taken as it is.
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

/// No key, and no header.
impl fmt::Debug for OpenAiBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiBuilder")
            .field("provider", &self.service.provider)
            .field("model", &self.model)
            .field("api", &self.api)
            .finish_non_exhaustive()
    }
}
