//! Creates a chat model from its name.

use runnable_chat::ChatModel;
use runnable_core::{Error, ErrorKind, Result};

use super::provider::{PROVIDERS, Provider};

/// Creates a chat model from a name such as `openai:gpt-4o-mini`.
///
/// The name has the form `provider:model`, or is a well-known model name without a provider.
///
/// ```no_run
/// use runnable::prelude::*;
///
/// # fn main() -> Result<()> {
/// let small = init_chat_model("openai:gpt-4o-mini")?.temperature(0.0);
/// let large = init_chat_model("claude-sonnet-4-5")?.max_tokens(2000);
/// let fast = init_chat_model("groq:llama-3.3-70b-versatile")?;
/// let here = init_chat_model("local:models/tinyllama.gguf")?;
/// # Ok(())
/// # }
/// ```
///
/// | provider | feature | environment variable of the key | environment variable of the base URL |
/// |---|---|---|---|
/// | `openai` | `openai` | `OPENAI_API_KEY` | `OPENAI_BASE_URL` |
/// | `anthropic` | `anthropic` | `ANTHROPIC_API_KEY` | `ANTHROPIC_BASE_URL` |
/// | `azure` (the model is the name of the deployment) | `openai` | `AZURE_OPENAI_API_KEY` | `AZURE_OPENAI_ENDPOINT` |
/// | `groq`, `deepseek`, `xai`, `openrouter`, `mistral`, `perplexity`, `together`, `cerebras`, `huggingface` | `openai` | `GROQ_API_KEY`, … (see `providers-openai`) | see `providers-openai` |
/// | `ollama`, `lm_studio`, `llama_cpp`, `vllm` | `openai` | none | see `providers-openai` |
/// | `local` alone for the default model, or `local:FILE` | `local` | none | none |
///
/// A model name without a provider is recognized by its prefix: `gpt-…`, `o3…`, `claude-…`,
/// `deepseek-…`, `grok-…`, `mistral-…`, `sonar…`. A name that ends in `.gguf` is a local file.
/// LangChain's names of providers, such as `azure_openai` and `mistralai`, are accepted.
///
/// Before the model is called, no request is sent and no file is read. For settings that a name
/// cannot express, such as a key from another source or a proxy, use the builders of the provider
/// crates.
///
/// # Errors
///
/// - Returns [`InvalidInput`](ErrorKind::InvalidInput) if the provider is unknown, if the feature
///   of the provider is not enabled, or if the provider cannot be inferred from the model name.
///   The message says what to do.
/// - Returns [`Authentication`](ErrorKind::Authentication) if the key is not set. The message names
///   the environment variable.
pub fn init_chat_model(name: impl AsRef<str>) -> Result<ChatModel> {
    let (provider, model) = resolve(name.as_ref().trim())?;
    provider.open(model)
}

/// Returns the provider of a model, and the name of the model without the provider.
fn resolve(name: &str) -> Result<(Provider, &str)> {
    // The name may be a provider without a model. `open` then uses the default model of the
    // provider, or reports that the model name is missing.
    let (prefix, model) = name.split_once(':').unwrap_or((name, ""));
    if let Some(provider) = Provider::named(prefix) {
        return Ok((provider, model.trim()));
    }
    if let Some(provider) = Provider::guessed(name) {
        return Ok((provider, name));
    }
    let known: Vec<_> = PROVIDERS.iter().map(|(name, _)| format!("`{name}`")).collect();
    let known = known.join(", ");
    let message = match name.split_once(':') {
        _ if name.is_empty() => format!(
            "missing model name; write `provider:model`, where the provider is one of {known}"
        ),
        Some((prefix, _)) => {
            format!("unknown provider `{prefix}` in `{name}`: expected one of {known}")
        }
        None => format!(
            "cannot infer the provider of model `{name}`; write `provider:{name}`, where the provider \
             is one of {known}"
        ),
    };
    Err(Error::new(ErrorKind::InvalidInput, message))
}
