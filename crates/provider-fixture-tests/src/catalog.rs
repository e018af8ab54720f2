//! Which model reads the answers of which provider.

use providers_anthropic::anthropic;
use providers_openai::{
    Api, OpenAiBuilder, azure, cerebras, deepseek, groq, huggingface, llama_cpp, lm_studio,
    mistral, ollama, openai, openai_compatible, openrouter, perplexity, together, vllm, xai,
};
use runnable_chat::ChatModel;
use runnable_core::Result;
use runnable_http::{HttpClientBuilder, HttpRetryPolicy};

use crate::Case;

/// Which model reads the answers of which provider.
pub trait Catalog: Send + Sync {
    /// The model that would have made the request of the case, at this base URL.
    ///
    /// `None` if no crate of ours speaks that API yet.
    ///
    /// # Errors
    ///
    /// Those of building a model.
    fn model(&self, case: &Case, url: &str, retry: HttpRetryPolicy) -> Result<Option<ChatModel>>;
}

/// The crates of this workspace.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Workspace;

impl Catalog for Workspace {
    fn model(&self, case: &Case, url: &str, retry: HttpRetryPolicy) -> Result<Option<ChatModel>> {
        let client = move |client: HttpClientBuilder| client.retry_policy(retry).no_proxy();
        match (case.provider(), case.api()) {
            ("anthropic", "messages") => {
                let builder = anthropic(case.model()).base_url(url).api_key(KEY);
                builder.http(client).build().map(Some)
            }
            (_, "chat" | "responses") => {
                let Some(builder) = service(case, url) else { return Ok(None) };
                let api = if case.api() == "chat" { Api::ChatCompletions } else { Api::Responses };
                builder.base_url(url).api(api).api_key(KEY).http(client).build().map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// What a server on this machine takes for a key.
const KEY: &str = "key-of-a-replay";

/// The service that speaks one of OpenAI's APIs.
fn service(case: &Case, url: &str) -> Option<OpenAiBuilder> {
    let model = case.model();
    Some(match case.provider() {
        "openai" => openai(model),
        "azure" => azure(model),
        "cerebras" => cerebras(model),
        "deepseek" => deepseek(model),
        "groq" => groq(model),
        "huggingface" => huggingface(model),
        "mistral" => mistral(model),
        "openrouter" => openrouter(model),
        "perplexity" => perplexity(model),
        "together" => together(model),
        "xai" => xai(model),
        "openai_compatible" => {
            let preset = case.tags.iter().find_map(|tag| tag.strip_prefix("preset:"));
            match preset.unwrap_or("compatible") {
                "cerebras" => cerebras(model),
                "llamacpp" => llama_cpp(model),
                "lmstudio" => lm_studio(model),
                "ollama" => ollama(model),
                "together" => together(model),
                "vllm" => vllm(model),
                other => openai_compatible(model).provider(other).base_url(url),
            }
        }
        _ => return None,
    })
}
