//! Encodes the body of a request that counts tokens.

use runnable_chat::model::ChatRequest;
use runnable_core::{Error, ErrorKind, Result};
use serde_json::{Map, Value};

use super::request::body;
use crate::served_model::ServedModel;

/// The fields of a [request that counts
/// tokens](https://developers.openai.com/api/docs/guides/token-counting). The service rejects other
/// fields.
const FIELDS: [&str; 11] = [
    "conversation",
    "input",
    "instructions",
    "model",
    "parallel_tool_calls",
    "previous_response_id",
    "reasoning",
    "text",
    "tool_choice",
    "tools",
    "truncation",
];

/// Returns the body of a request that counts the tokens of `request`.
pub(crate) fn count_body(served: &ServedModel, request: &ChatRequest) -> Result<Vec<u8>> {
    let mut request = request.clone();
    // These options of Chat Completions are not part of the input, and this API has none of them.
    request.options.stop.clear();
    request.options.seed = None;
    let json = |error| Error::wrap(ErrorKind::InvalidInput, error);
    let mut fields: Map<String, Value> =
        serde_json::from_slice(&body(served, &request)?).map_err(json)?;
    fields.retain(|name, _| FIELDS.contains(&name.as_str()));
    serde_json::to_vec(&fields).map_err(json)
}
