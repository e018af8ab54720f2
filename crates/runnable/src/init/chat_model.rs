//! A chat model by its name.

use runnable_chat::ChatModel;
use runnable_core::{Error, ErrorKind, Result};

use super::provider::{PROVIDERS, Provider};

/// The chat model of this name: `provider:model`, or a well-known name alone.
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
/// | provider | feature | key | address, if another |
/// |---|---|---|---|
/// | `openai` | `openai` | `OPENAI_API_KEY` | `OPENAI_BASE_URL` |
/// | `anthropic` | `anthropic` | `ANTHROPIC_API_KEY` | `ANTHROPIC_BASE_URL` |
/// | `azure`: the model is the deployment | `openai` | `AZURE_OPENAI_API_KEY` | `AZURE_OPENAI_ENDPOINT` |
/// | `groq`, `deepseek`, `xai`, `openrouter`, `mistral`, `perplexity`, `together`, `cerebras`, `huggingface` | `openai` | `GROQ_API_KEY`, … as the service names it | |
/// | `ollama`, `lm_studio`, `llama_cpp`, `vllm` | `openai` | | the builders of `providers-openai` say |
/// | `local`: the default model, or `local:FILE` | `local` | | |
///
/// Bare names are known by how they begin: `gpt-…`, `o3…`, `claude-…`, `deepseek-…`, `grok-…`,
/// `mistral-…`, `sonar…`; a name that ends in `.gguf` is a local file. LangChain's names for
/// providers, such as `azure_openai` and `mistralai`, are understood.
///
/// Nothing is sent, and no file is read, before the model is called. What this cannot say, such as
/// a key from elsewhere or a proxy, the builders of the provider crates can.
///
/// # Errors
///
/// - [`InvalidInput`](ErrorKind::InvalidInput): there is no such provider, its feature is off, or
///   it is not clear of whom the model is. The message says what to do.
/// - [`Authentication`](ErrorKind::Authentication): the key is not set; the message names the
///   variable.
pub fn init_chat_model(name: impl AsRef<str>) -> Result<ChatModel> {
    let (provider, model) = resolve(name.as_ref().trim())?;
    provider.open(model)
}

/// The provider of a model, and what that calls it.
fn resolve(name: &str) -> Result<(Provider, &str)> {
    // The provider alone has a default model, or says that it has none.
    let (prefix, model) = name.split_once(':').unwrap_or((name, ""));
    if let Some(provider) = Provider::named(prefix) {
        return Ok((provider, model.trim()));
    }
    if let Some(provider) = Provider::guessed(name) {
        return Ok((provider, name));
    }
    let known: Vec<_> = PROVIDERS.iter().map(|(name, _)| format!("`{name}`")).collect();
    let known = known.join(", ");
    let what = match name.split_once(':') {
        _ if name.is_empty() => format!(
            "the model is not named: write `provider:model`, where the provider is one of {known}"
        ),
        Some((prefix, _)) => {
            format!("there is no provider `{prefix}` for the model `{name}`; there are {known}")
        }
        None => format!(
            "it is not clear whose model `{name}` is: write `provider:{name}`, where the provider \
             is one of {known}"
        ),
    };
    Err(Error::new(ErrorKind::InvalidInput, what))
}
