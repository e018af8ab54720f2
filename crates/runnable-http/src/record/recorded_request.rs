//! [`RecordedRequest`]: the request of a recording. It is used to find the recording for a new
//! request.

use bytes::Bytes;
use http::{Method, Uri};
use reqwest::Url;
use serde_json::{Value, json};

use crate::{masking::Secrets, origin::RequestInfo};

/// Query parameters that contain a key. They are never recorded.
const KEYS: [&str; 9] =
    ["access_token", "api-key", "api_key", "apikey", "auth", "key", "sig", "signature", "token"];

/// A request that is being recorded, with its secrets.
pub(super) struct SentRequest {
    method: Method,
    uri: Uri,
    body: Bytes,
    origin: RequestInfo,
}

impl SentRequest {
    pub(super) fn of(request: &http::Request<Bytes>) -> Self {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        Self { method, uri, body: request.body().clone(), origin: RequestInfo::of(request) }
    }

    pub(super) fn secrets(&self) -> &Secrets {
        self.origin.secrets()
    }

    /// Returns the request in the form in which it is recorded. This takes time for a large body,
    /// which is searched for secrets.
    pub(super) fn recorded(&self) -> RecordedRequest {
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let text = String::from_utf8_lossy(&self.body);
        let text = self.secrets().mask(&text);
        let body = match text.trim() {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        };
        let path = self.secrets().mask(&without_keys(path, self.secrets())).into_owned();
        RecordedRequest { method: self.method.as_str().to_owned(), path, body }
    }
}

/// The method, path with query, and body of a request, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RecordedRequest {
    pub(super) method: String,
    pub(super) path: String,
    /// The body. `null` if the request has no body, and a string if the body is not JSON.
    pub(super) body: Value,
}

impl RecordedRequest {
    pub(super) fn of(request: &http::Request<Bytes>) -> Self {
        SentRequest::of(request).recorded()
    }

    /// Parses a `request.json`.
    pub(super) fn read(text: &str) -> serde_json::Result<Self> {
        let value: Value = serde_json::from_str(text)?;
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let path = without_keys(&text("path"), &Secrets::default());
        Ok(Self { method: text("method"), path, body: value["body"].clone() })
    }

    pub(super) fn write(&self) -> String {
        let Self { method, path, body } = self;
        let value = json!({"method": method, "path": path, "recorded": true, "body": body});
        format!("{value:#}\n")
    }

    /// Returns a name for the folder of the recording, such as `post-v1-chat-completions`.
    pub(super) fn name(&self) -> String {
        const LONGEST: usize = 60;
        let path = self.path.split('?').next().unwrap_or_default();
        let mut name = self.method.to_ascii_lowercase();
        for word in path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
        {
            if name.len() + word.len() < LONGEST {
                name.push('-');
                name.push_str(word);
            }
        }
        name
    }
}

/// Returns the path with its query, without the query parameters that contain a key.
fn without_keys(path: &str, secrets: &Secrets) -> String {
    let Some((path, query)) = path.split_once('?') else { return path.to_owned() };
    // The host is needed only to parse the URL.
    let Ok(mut url) = Url::parse("http://host/") else { return path.to_owned() };
    url.set_query(Some(query));
    let harmless = |name: &str, value: &str| {
        !KEYS.contains(&name.to_ascii_lowercase().as_str())
            && !secrets.are_in(name)
            && !secrets.are_in(value)
    };
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, value)| harmless(name, value))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    if kept.is_empty() {
        return path.to_owned();
    }
    url.query_pairs_mut().clear().extend_pairs(kept);
    format!("{path}?{}", url.query().unwrap_or_default())
}
