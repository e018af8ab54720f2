//! The providers of chat models, by name.

use runnable_chat::ChatModel;
use runnable_core::{Error, ErrorKind, Result};

/// A provider of chat models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    Anthropic,
    Azure,
    Cerebras,
    Deepseek,
    Groq,
    Huggingface,
    LlamaCpp,
    LmStudio,
    Local,
    Mistral,
    Ollama,
    Openai,
    Openrouter,
    Perplexity,
    Together,
    Vllm,
    Xai,
}

/// The providers, by name.
pub(super) const PROVIDERS: &[(&str, Provider)] = &[
    ("openai", Provider::Openai),
    ("anthropic", Provider::Anthropic),
    ("local", Provider::Local),
    ("azure", Provider::Azure),
    ("groq", Provider::Groq),
    ("deepseek", Provider::Deepseek),
    ("xai", Provider::Xai),
    ("openrouter", Provider::Openrouter),
    ("mistral", Provider::Mistral),
    ("perplexity", Provider::Perplexity),
    ("together", Provider::Together),
    ("cerebras", Provider::Cerebras),
    ("huggingface", Provider::Huggingface),
    ("ollama", Provider::Ollama),
    ("lm_studio", Provider::LmStudio),
    ("llama_cpp", Provider::LlamaCpp),
    ("vllm", Provider::Vllm),
];

/// The prefixes of well-known model names.
const PREFIXES: &[(&str, Provider)] = &[
    ("gpt-", Provider::Openai),
    ("chatgpt-", Provider::Openai),
    ("o1", Provider::Openai),
    ("o3", Provider::Openai),
    ("o4", Provider::Openai),
    ("claude", Provider::Anthropic),
    ("deepseek-", Provider::Deepseek),
    ("grok-", Provider::Xai),
    ("mistral-", Provider::Mistral),
    ("ministral-", Provider::Mistral),
    ("magistral-", Provider::Mistral),
    ("mixtral-", Provider::Mistral),
    ("codestral-", Provider::Mistral),
    ("devstral-", Provider::Mistral),
    ("pixtral-", Provider::Mistral),
    ("open-mistral-", Provider::Mistral),
    ("open-mixtral-", Provider::Mistral),
    ("sonar", Provider::Perplexity),
];

impl Provider {
    /// Returns the provider with this name, in the spelling of this crate or of LangChain.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase().replace('-', "_");
        let name = match name.as_str() {
            "azure_openai" => "azure",
            "mistralai" => "mistral",
            "lmstudio" => "lm_studio",
            "llamacpp" => "llama_cpp",
            other => other,
        };
        PROVIDERS.iter().find(|(known, _)| *known == name).map(|(_, provider)| *provider)
    }

    /// Returns the provider of a model whose name is well known, judged by the prefix of the name.
    pub(super) fn guessed(model: &str) -> Option<Self> {
        let model = model.to_ascii_lowercase();
        if model.ends_with(".gguf") {
            return Some(Self::Local);
        }
        let begins = |(beginning, _): &&(&str, Self)| model.starts_with(beginning);
        PREFIXES.iter().find(begins).map(|(_, provider)| *provider)
    }

    /// Returns whether the provider has a default model.
    pub(super) fn has_default(self) -> bool {
        self == Self::Local
    }

    /// Creates the model with this name.
    pub(super) fn open(self, model: &str) -> Result<ChatModel> {
        if model.is_empty() && !self.has_default() {
            let message = format!("missing model name; write `{0}:MODEL`", self.name());
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        match self {
            Self::Local => open_local(model),
            Self::Anthropic => open_anthropic(model),
            _ => self.open_openai(model),
        }
    }

    fn name(self) -> &'static str {
        PROVIDERS.iter().find(|(_, provider)| *provider == self).map_or("", |(name, _)| name)
    }

    #[cfg(feature = "openai")]
    fn open_openai(self, model: &str) -> Result<ChatModel> {
        let builder = match self {
            Self::Azure => providers_openai::azure(model),
            Self::Cerebras => providers_openai::cerebras(model),
            Self::Deepseek => providers_openai::deepseek(model),
            Self::Groq => providers_openai::groq(model),
            Self::Huggingface => providers_openai::huggingface(model),
            Self::LlamaCpp => providers_openai::llama_cpp(model),
            Self::LmStudio => providers_openai::lm_studio(model),
            Self::Mistral => providers_openai::mistral(model),
            Self::Ollama => providers_openai::ollama(model),
            Self::Openrouter => providers_openai::openrouter(model),
            Self::Perplexity => providers_openai::perplexity(model),
            Self::Together => providers_openai::together(model),
            Self::Vllm => providers_openai::vllm(model),
            Self::Xai => providers_openai::xai(model),
            Self::Openai | Self::Anthropic | Self::Local => providers_openai::openai(model),
        };
        builder.build()
    }

    #[cfg(not(feature = "openai"))]
    fn open_openai(self, model: &str) -> Result<ChatModel> {
        Err(feature_is_off(self, "openai", model))
    }
}

#[cfg(feature = "anthropic")]
fn open_anthropic(model: &str) -> Result<ChatModel> {
    providers_anthropic::anthropic(model).build()
}

#[cfg(not(feature = "anthropic"))]
fn open_anthropic(model: &str) -> Result<ChatModel> {
    Err(feature_is_off(Provider::Anthropic, "anthropic", model))
}

#[cfg(feature = "local")]
fn open_local(model: &str) -> Result<ChatModel> {
    let settings = providers_local::local();
    Ok(match model {
        "" => settings.build(),
        file => settings.path(file).build(),
    })
}

#[cfg(not(feature = "local"))]
fn open_local(model: &str) -> Result<ChatModel> {
    Err(feature_is_off(Provider::Local, "local", model))
}

#[cfg(not(all(feature = "local", feature = "openai", feature = "anthropic")))]
fn feature_is_off(provider: Provider, feature: &str, model: &str) -> Error {
    let message = format!(
        "`{}:{model}` requires the feature `{feature}` of `runnable`; enable it in Cargo.toml: \
         `runnable = {{ features = [\"{feature}\"] }}`",
        provider.name()
    );
    Error::new(ErrorKind::InvalidInput, message)
}
