//! The answer of a recording.

use std::{fs, io, path::Path};

use bytes::Bytes;
use reqwest::{
    StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use runnable_core::{Error, ErrorKind, Result};
use serde_json::{Map, Value, json};

/// What came back for a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    /// `None` if no answer came.
    pub(super) status: Option<StatusCode>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Whether the body is all there.
    pub(super) complete: bool,
    /// Why it is not, if that was an error.
    pub(super) error: Option<(ErrorKind, String)>,
}

pub(super) const REQUEST: &str = "request.json";
const RESPONSE: &str = "response.json";
const BODY: &str = "response.body";

impl Answer {
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
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
            "body_bytes": self.body.len(),
            "complete": self.complete,
        });
        if let Some((kind, message)) = &self.error {
            value["error"] = json!({"kind": kind.as_str(), "message": message});
        }
        fs::write(folder.join(BODY), &self.body)?;
        fs::write(folder.join(RESPONSE), format!("{value:#}\n"))
    }

    pub(super) fn read(folder: &Path) -> Result<Self> {
        let value: Value = serde_json::from_str(&fs::read_to_string(folder.join(RESPONSE))?)?;
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
        Ok(Self {
            status,
            headers,
            body: if status.is_some() { fs::read(folder.join(BODY))?.into() } else { Bytes::new() },
            complete: value["complete"].as_bool().unwrap_or(true),
            error,
        })
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
