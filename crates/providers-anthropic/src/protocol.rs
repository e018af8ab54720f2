//! Encodes the requests of the Messages API.

use runnable_chat::{ContentBlock, PromptValue, message::MediaSource, model::ChatRequest};
use runnable_core::Result;
use runnable_http::chat::{ApiRequest, ChatProtocol};
use serde_json::Value;

use crate::messages::{AnthropicReader, BETAS, Body, invalid};

/// The protocol of the [Messages API](https://platform.claude.com/docs/en/api/messages) for one
/// model.
///
/// It encodes requests, and creates readers for responses. It does no I/O.
///
/// To use a gateway or a cloud with this API, call [`anthropic`](crate::anthropic()) and set a base
/// URL. If that is not sufficient, for example because requests must be signed, combine an
/// `AnthropicProtocol` with your own client:
///
/// ```
/// use providers_anthropic::AnthropicProtocol;
/// use runnable_http::{HttpClient, chat::HttpChatModel};
/// use runnable_chat::prelude::*;
///
/// # fn main() -> Result<()> {
/// let client = HttpClient::builder("https://gateway.example/anthropic").build()?;
/// let protocol = AnthropicProtocol::new("claude-sonnet-4-5");
/// let chat = HttpChatModel::new(protocol, client, "gateway", "claude-sonnet-4-5");
/// let model = ChatModel::new(chat);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AnthropicProtocol {
    model: String,
    betas: Vec<String>,
}

pub(crate) const BETA: &str = "anthropic-beta";

/// The beta feature that file IDs require.
const FILES: &str = "files-api-2025-04-14";

impl AnthropicProtocol {
    /// Creates the protocol for the model with this name.
    pub fn new(model: impl Into<String>) -> Self {
        Self { model: model.into(), betas: Vec::new() }
    }

    /// Enables a [beta feature](https://platform.claude.com/docs/en/api/beta-headers), such as
    /// `context-1m-2025-08-07`.
    #[must_use]
    pub fn beta(mut self, feature: impl Into<String>) -> Self {
        self.betas.push(feature.into());
        self
    }

    /// Returns the same protocol for the model with this name.
    pub(crate) fn of_model(&self, model: String) -> Self {
        Self { model, betas: self.betas.clone() }
    }

    /// Returns the name of the model.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Creates the request that counts the tokens of a conversation.
    pub(crate) fn counted(&self, request: &ChatRequest) -> Result<ApiRequest> {
        let request = &request.with_call_ids();
        let body = Body::of(&self.model, request)?.counted();
        let call = ApiRequest::new("v1/messages/count_tokens", &body)?;
        Ok(match self.betas(request)? {
            Some(betas) => call.header(BETA, betas),
            None => call,
        })
    }

    /// Returns the value of the header that lists beta features.
    ///
    /// It contains the features of this protocol, the features in the extra `betas`, and the
    /// features that the conversation requires. An empty extra removes all features.
    pub(crate) fn betas(&self, request: &ChatRequest) -> Result<Option<String>> {
        let mut all: Vec<&str> = self.betas.iter().map(String::as_str).collect();
        match request.options.extras.get(BETAS) {
            None => (),
            Some(Value::Null) => return Ok(None),
            Some(Value::Array(more)) if more.is_empty() => return Ok(None),
            Some(Value::Array(more)) => all.extend(more.iter().filter_map(Value::as_str)),
            Some(_) => {
                return invalid(format!("invalid extra `{BETAS}`: expected a list of strings"));
            }
        }
        if has_file_ids(&request.prompt) {
            all.push(FILES);
        }
        let mut unique: Vec<&str> = Vec::new();
        for beta in all {
            if !unique.contains(&beta) {
                unique.push(beta);
            }
        }
        Ok(Some(unique.join(",")).filter(|betas| !betas.is_empty()))
    }
}

fn has_file_ids(prompt: &PromptValue) -> bool {
    prompt.messages.iter().flat_map(|message| message.content()).any(|block| match block {
        ContentBlock::Image(media) | ContentBlock::File(media) => {
            matches!(media.source, MediaSource::FileId(_))
        }
        _ => false,
    })
}

impl ChatProtocol for AnthropicProtocol {
    type Reader = AnthropicReader;

    fn encode(&self, request: &ChatRequest) -> Result<ApiRequest> {
        let request = &request.with_call_ids();
        let body = Body::of(&self.model, request)?;
        let call = ApiRequest::new("v1/messages", &body)?;
        Ok(match self.betas(request)? {
            Some(betas) => call.header(BETA, betas),
            None => call,
        })
    }

    fn encode_count(&self, request: &ChatRequest) -> Result<Option<ApiRequest>> {
        self.counted(request).map(Some)
    }

    fn reader(&self, _: &ChatRequest) -> AnthropicReader {
        AnthropicReader::default()
    }
}
