//! The files of a recording.

use reqwest::{
    StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use runnable_core::{Error, ErrorKind};
use serde_json::{Map, Value, json};

pub(super) const REQUEST: &str = "request.json";
pub(super) const RESPONSE: &str = "response.json";
pub(super) const BODY: &str = "response.body";

/// The suffix of the name of a folder while its recording is being written.
pub(super) const PART: &str = ".part";

/// Returns the number at the start of the name of a recording.
pub(super) fn number_of(name: &str) -> Option<u64> {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    name[..digits].parse().ok()
}

/// A recorded response, without its body.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    /// The status. `None` if no response was received.
    pub(super) status: Option<StatusCode>,
    pub(super) headers: HeaderMap,
    /// Whether the body is complete.
    pub(super) complete: bool,
    /// The error that ended the response, if there was one.
    pub(super) error: Option<(ErrorKind, String)>,
    /// The compression of a body that was not recorded. The body was not recorded because secrets
    /// cannot be found in compressed bytes.
    pub(super) omitted: Option<String>,
}

impl Head {
    /// Returns the content of `response.json`. `body_bytes` is the number of bytes of the body.
    pub(super) fn write(&self, body_bytes: u64) -> String {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers: Map<String, Value> = self
            .headers
            .iter()
            .filter(|(name, _)| is_recorded(name.as_str()))
            .map(|(name, value)| (name.to_string(), text(value).into()))
            .collect();
        let mut value = json!({
            "status": self.status.map(|status| status.as_u16()),
            "content_type": self.headers.get("content-type").map(text),
            "content_type_inferred": false,
            "headers": headers,
            "body_bytes": body_bytes,
            "complete": self.complete,
        });
        if let Some((kind, message)) = &self.error {
            value["error"] = json!({"kind": kind.as_str(), "message": message});
        }
        if let Some(encoding) = &self.omitted {
            value["body_omitted"] = json!(format!("it is compressed with {encoding}"));
        }
        format!("{value:#}\n")
    }

    /// Parses a `response.json`.
    pub(super) fn read(text: &str) -> serde_json::Result<Self> {
        let value: Value = serde_json::from_str(text)?;
        let status = value["status"].as_u64().and_then(|status| u16::try_from(status).ok());
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        let mut headers: HeaderMap = value["headers"]
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| {
                let name = HeaderName::try_from(name.as_str()).ok()?;
                Some((name, HeaderValue::from_str(value.as_str()?).ok()?))
            })
            .collect();
        let content_type = value["content_type"].as_str().map(HeaderValue::from_str);
        if let Some(Ok(content_type)) = content_type {
            headers.entry("content-type").or_insert(content_type);
        }
        let message = value["error"]["message"].as_str();
        let error = message.map(|message| {
            let kind = match value["error"]["kind"].as_str() {
                Some("timeout") => ErrorKind::Timeout,
                Some("connection") => ErrorKind::Connection,
                _ => ErrorKind::Other,
            };
            (kind, message.to_owned())
        });
        let complete = value["complete"].as_bool().unwrap_or(true);
        Ok(Self { status, headers, complete, error, omitted: None })
    }

    /// Returns the error with which the recorded response ends.
    pub(super) fn failure(&self) -> Error {
        match &self.error {
            Some((kind, message)) => Error::new(*kind, message.clone()),
            None if self.status.is_some() => {
                let message = "the recording ends here, because its caller dropped the response";
                Error::new(ErrorKind::Connection, message)
            }
            None => {
                let message = "the recording has no response, because the request was cancelled";
                Error::new(ErrorKind::Connection, message)
            }
        }
    }
}

/// Returns whether a response header is recorded. Others, such as cookies, are left out.
fn is_recorded(name: &str) -> bool {
    matches!(
        name,
        "content-type"
            | "content-encoding"
            | "location"
            | "x-should-retry"
            | "x-amzn-errortype"
            | "x-generation-id"
            | "mistral-correlation-id"
            | "openai-processing-ms"
            | "openai-version"
            | "cf-ray"
    ) || ["retry-after", "ratelimit", "request-id", "requestid"]
        .iter()
        .any(|part| name.contains(part))
}
