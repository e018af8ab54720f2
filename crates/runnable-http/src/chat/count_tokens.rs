//! Requests that count the tokens of a prompt.

use runnable_core::{Result, RunContext};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::ApiRequest;
use crate::HttpClient;

/// Sends a request that counts tokens, and returns the number.
///
/// The response is a JSON object with the number `input_tokens`, as in the APIs of
/// [Anthropic](https://platform.claude.com/docs/en/api/messages-count-tokens) and of
/// [OpenAI](https://developers.openai.com/api/docs/guides/token-counting).
///
/// # Errors
///
/// Returns the errors of the [transport](crate#errors) and of the service, and
/// [`Parse`](runnable_core::ErrorKind::Parse) if the response does not contain the number.
///
/// # Cancel safety
///
/// Dropping the future cancels the request.
///
/// ```no_run
/// use runnable_core::RunContext;
/// use runnable_http::{HttpClient, chat::{ApiRequest, count_tokens}};
///
/// # async fn example(client: HttpClient) -> runnable_core::Result<()> {
/// let body = serde_json::json!({"model": "gpt-5", "input": "How long is this?"});
/// let request = ApiRequest::new("responses/input_tokens", &body)?;
/// let tokens = count_tokens(&client, request, &RunContext::default()).await?;
/// # Ok(())
/// # }
/// ```
pub async fn count_tokens(
    client: &HttpClient,
    request: ApiRequest,
    cx: &RunContext,
) -> Result<u64> {
    let post = client.post(&request.path).body(request.body).context(cx);
    let post = request.headers.iter().fold(post, |post, (name, value)| post.header(name, value));
    let TokenCount(tokens) = post.send().await?.json().await?;
    Ok(tokens)
}

/// The response to a request for a number of tokens.
#[derive(Deserialize)]
#[serde(try_from = "Map<String, Value>")]
struct TokenCount(u64);

impl TryFrom<Map<String, Value>> for TokenCount {
    type Error = &'static str;

    fn try_from(fields: Map<String, Value>) -> Result<Self, Self::Error> {
        // Gateways may send the number as text or as a float.
        let tokens = match fields.get("input_tokens") {
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(Value::Number(number)) => number.as_u64().or_else(|| {
                // A cast from a float saturates.
                number.as_f64().filter(|number| *number >= 0.0).map(|number| number as u64)
            }),
            _ => None,
        };
        tokens.map(Self).ok_or("missing the number `input_tokens`")
    }
}
