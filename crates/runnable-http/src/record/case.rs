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

/// What the name of a folder ends with while its recording is written.
pub(super) const PART: &str = ".part";

/// The number that a name of a recording begins with.
pub(super) fn number_of(name: &str) -> Option<u64> {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    name[..digits].parse().ok()
}

/// What came back for a request, without its body.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    /// `None` if no answer came.
    pub(super) status: Option<StatusCode>,
    pub(super) headers: HeaderMap,
    /// Whether the body is all there.
    pub(super) complete: bool,
    /// Why it is not, if that was an error.
    pub(super) error: Option<(ErrorKind, String)>,
    /// The compression because of which the body was not written: a secret could be in it.
    pub(super) omitted: Option<String>,
}

impl Head {
    /// The text of a `response.json`, for a body of so many bytes.
    pub(super) fn write(&self, body_bytes: u64) -> String {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers: Map<String, Value> = self
            .headers
            .iter()
            .filter(|(name, _)| matters(name.as_str()))
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

    /// Reads the text of a `response.json`.
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

    /// The error in which the recorded answer ends.
    pub(super) fn failure(&self) -> Error {
        match &self.error {
            Some((kind, message)) => Error::new(*kind, message.clone()),
            None if self.status.is_some() => {
                let message = "the recording ends here: its reader dropped the answer";
                Error::new(ErrorKind::Connection, message)
            }
            None => {
                let message = "the recording has no answer: its caller gave the request up";
                Error::new(ErrorKind::Connection, message)
            }
        }
    }
}

/// Whether a header of an answer means something to its reader. Others, such as cookies, are not
/// written.
fn matters(name: &str) -> bool {
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
