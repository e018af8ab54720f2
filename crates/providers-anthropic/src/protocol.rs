//! The API as plain data.

use runnable_chat::{ContentBlock, PromptValue, message::MediaSource, model::ChatRequest};
use runnable_core::Result;
use runnable_http::{
    HttpClient, HttpRequestBuilder,
    chat::{ApiRequest, ChatProtocol},
};
use serde_json::Value;

use crate::messages::{AnthropicReader, BETAS, Body, invalid};

/// The [Messages API](https://platform.claude.com/docs/en/api/messages) for one model, as plain data:
/// how a request is written, and an answer read. It does no I/O.
///
/// Gateways and other clouds that speak the API can be reached with [`anthropic`](crate::anthropic())
/// and a base URL. Where that does not do, such as for another way of signing requests, make a model of
/// this protocol and a client:
///
/// ```
/// use providers_anthropic::AnthropicProtocol;
/// use runnable_http::{HttpClient, chat::HttpChatModel};
/// use runnable_chat::prelude::*;
///
/// # fn main() -> Result<()> {
/// let client = HttpClient::builder("https://gateway.example/anthropic").build()?;
/// let api = AnthropicProtocol::new("claude-sonnet-4-5");
/// let model = ChatModel::new(HttpChatModel::new(api, client, "gateway", "claude-sonnet-4-5"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AnthropicProtocol {
    model: String,
    betas: Vec<String>,
}

const BETA: &str = "anthropic-beta";

/// The feature that file ids need.
const FILES: &str = "files-api-2025-04-14";

impl AnthropicProtocol {
    /// The API for the model of this name.
    pub fn new(model: impl Into<String>) -> Self {
        Self { model: model.into(), betas: Vec::new() }
    }

    /// Asks for a [beta feature](https://platform.claude.com/docs/en/api/beta-headers), such as
    /// `context-1m-2025-08-07`.
    #[must_use]
    pub fn beta(mut self, feature: impl Into<String>) -> Self {
        self.betas.push(feature.into());
        self
    }

    /// The same API for another model.
    pub(crate) fn of_model(&self, model: String) -> Self {
        Self { model, betas: self.betas.clone() }
    }

    /// The name of the model.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The request that counts the tokens of a conversation.
    pub(crate) fn count(
        &self,
        client: &HttpClient,
        request: &ChatRequest,
    ) -> Result<HttpRequestBuilder> {
        let request = &request.with_call_ids();
        let body = Body::of(&self.model, request)?.counted();
        let call = client.post("v1/messages/count_tokens").json(&body);
        Ok(match self.betas(request)? {
            Some(betas) => call.header(BETA, &betas),
            None => call,
        })
    }

    /// The header that names the beta features: those of the model, those of the call's extra
    /// `betas`, and what the conversation needs. An empty extra takes all of them out.
    fn betas(&self, request: &ChatRequest) -> Result<Option<String>> {
        let mut all: Vec<&str> = self.betas.iter().map(String::as_str).collect();
        match request.options.extras.get(BETAS) {
            None => (),
            Some(Value::Null) => return Ok(None),
            Some(Value::Array(more)) if more.is_empty() => return Ok(None),
            Some(Value::Array(more)) => all.extend(more.iter().filter_map(Value::as_str)),
            Some(_) => return invalid(format!("the extra `{BETAS}` is not a list of names")),
        }
        if has_file_ids(&request.prompt) {
            all.push(FILES);
        }
        let mut once: Vec<&str> = Vec::new();
        for beta in all {
            if !once.contains(&beta) {
                once.push(beta);
            }
        }
        Ok(Some(once.join(",")).filter(|betas| !betas.is_empty()))
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

    fn reader(&self, _: &ChatRequest) -> AnthropicReader {
        AnthropicReader::default()
    }
}
