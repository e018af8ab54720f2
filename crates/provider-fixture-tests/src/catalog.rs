//! Creates the models that read the recorded responses.

use providers_anthropic::anthropic;
use providers_openai::{
    Api, OpenAiBuilder, azure, cerebras, deepseek, groq, huggingface, llama_cpp, lm_studio,
    mistral, ollama, openai, openai_compatible, openrouter, perplexity, together, vllm, xai,
};
use runnable_chat::ChatModel;
use runnable_core::Result;
use runnable_http::{HttpClientBuilder, HttpRetryPolicy};

use crate::Case;

/// Creates the model that reads the recorded response of a case.
pub trait Catalog: Send + Sync {
    /// Returns a model of the provider and the API of the case. The model calls the service at
    /// `url`, with the retry policy `retry`. Returns `None` if no provider crate supports the API.
    ///
    /// # Errors
    ///
    /// Returns an error if the model cannot be built.
    fn model(&self, case: &Case, url: &str, retry: HttpRetryPolicy) -> Result<Option<ChatModel>>;
}

/// A catalog with the models of the provider crates in this workspace.
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

/// The API key that the models send. The server of the replay does not check the key.
const KEY: &str = "key-of-a-replay";

/// Returns a model builder for the provider of the case, or `None` if no service with one of
/// OpenAI's APIs has this name.
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
