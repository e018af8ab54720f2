//! [`BatchDialect`]: the differences between the Batch APIs of services.

use std::borrow::Cow;

use runnable_chat::batch_api::BatchLimits;
use serde_json::{Value, json};

use crate::api::Api;

/// The kind of Batch API that a service has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BatchDialect {
    /// None, or none that this crate supports.
    None,
    /// <https://platform.openai.com/docs/api-reference/batch>: at most 50,000 requests and 200 MB.
    OpenAi,
    /// <https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch>: at most 100,000 requests
    /// and 200 MB.
    Azure,
    /// <https://console.groq.com/docs/batch>: OpenAI's API for Chat Completions. Older versions of
    /// the documentation limit a file to 100 MB.
    Groq,
    /// <https://docs.mistral.ai/api/endpoint/batch>. At most 100,000 requests, according to
    /// <https://docs.mistral.ai/resources/known-limitations>, and a million in all open batches. A
    /// file may have 512 MB, which would have to be in memory at once, so this crate stays below
    /// that.
    Mistral,
}

impl BatchDialect {
    /// Returns whether batches of the service can contain requests of this API.
    pub(crate) fn supports(self, api: Api) -> bool {
        match self {
            Self::None => false,
            Self::OpenAi | Self::Azure => true,
            Self::Groq | Self::Mistral => api == Api::ChatCompletions,
        }
    }

    pub(crate) fn limits(self) -> BatchLimits {
        match self {
            Self::None | Self::OpenAi => BatchLimits::new(50_000, 200_000_000),
            Self::Azure => BatchLimits::new(100_000, 200_000_000),
            Self::Groq => BatchLimits::new(50_000, 100_000_000),
            Self::Mistral => BatchLimits::new(100_000, 200_000_000),
        }
    }

    /// Returns the path of the batches, below the base URL.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Mistral => "batch/jobs",
            _ => "batches",
        }
    }

    /// Returns the endpoint that a line of the file names. `None` if the lines name no endpoint.
    pub(crate) fn line_url(self, api: Api) -> Option<&'static str> {
        match (self, api) {
            (Self::Mistral, _) => None,
            (Self::Azure, Api::ChatCompletions) => Some("/chat/completions"),
            (_, Api::ChatCompletions) => Some("/v1/chat/completions"),
            (_, Api::Responses) => Some("/v1/responses"),
        }
    }

    /// Returns the body of the request that creates a batch from a file.
    pub(crate) fn create(self, api: Api, model: &str, file: &str) -> Value {
        match self {
            Self::Mistral => json!({
                "input_files": [file],
                "model": model,
                "endpoint": "/v1/chat/completions",
            }),
            // Azure expects this endpoint for all batches, and reads the API from the lines.
            Self::Azure => json!({
                "input_file_id": file,
                "endpoint": "/chat/completions",
                "completion_window": "24h",
            }),
            _ => json!({
                "input_file_id": file,
                "endpoint": self.line_url(api),
                "completion_window": "24h",
            }),
        }
    }

    /// Returns the path of a page of the list of batches. `after` is the last batch of the previous
    /// page.
    pub(crate) fn page(self, number: usize, after: Option<&str>) -> Cow<'static, str> {
        match (self, after) {
            (Self::Mistral, _) => format!("batch/jobs?page={number}&page_size=100").into(),
            (_, None) => "batches?limit=100".into(),
            (_, Some(after)) => format!("batches?limit=100&after={after}").into(),
        }
    }
}
