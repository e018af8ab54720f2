//! A recorded call with its expected result.

use std::{fs, path::Path};

use serde_json::{Map, Value};

/// A recorded call, with the result that is expected when its response is replayed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Case {
    /// The provider, the API and the name of the case, such as `openai/chat/stream_basic`.
    pub name: String,
    /// The recorded body of the request, or `null` if it was not recorded.
    pub request: Value,
    /// The status of the response.
    pub status: u16,
    /// The headers of the response.
    pub headers: Vec<(String, String)>,
    /// The body of the response, unchanged.
    pub body: Vec<u8>,
    /// The tags of the case, which describe its topics. The tag `stream` means that a stream was
    /// requested.
    pub tags: Vec<String>,
    /// The expected value of each field of the result.
    pub expected: Map<String, Value>,
}

/// Response headers that are not replayed, because they describe how the recorded response was
/// transferred. The server of the replay sets its own.
const FRAMING: [&str; 4] =
    ["connection", "content-encoding", "content-length", "transfer-encoding"];

impl Case {
    /// Reads the case in a folder.
    ///
    /// # Errors
    ///
    /// Returns a message with the name of the file that is missing or invalid, and the reason.
    pub fn read(name: &str, folder: &Path) -> Result<Self, String> {
        let response = json(folder, "response.json")?;
        let status = response["status"].as_u64().and_then(|status| u16::try_from(status).ok());
        let status = status.ok_or("response.json: missing `status`")?;
        let tags = json(folder, "source.json")?["tags"].take();
        let expected = match json(folder, "expected.json")?["expect"].take() {
            Value::Object(expected) => expected,
            _ => return Err("expected.json: missing `expect`".into()),
        };
        Ok(Self {
            name: name.to_owned(),
            // The request is missing in some cases, because some sources contain only responses.
            request: json(folder, "request.json")
                .map_or(Value::Null, |mut request| request["body"].take()),
            status,
            headers: headers(&response),
            body: bytes(folder, "response.body")?,
            tags: texts(&tags).map(str::to_owned).collect(),
            expected,
        })
    }

    /// Returns whether the request asked for a stream.
    pub fn is_streamed(&self) -> bool {
        self.tags.iter().any(|tag| tag == "stream")
    }

    /// Returns the provider, which is the first part of the name, such as `openai`.
    pub fn provider(&self) -> &str {
        self.part(0)
    }

    /// Returns the API, which is the second part of the name, such as `chat`.
    pub fn api(&self) -> &str {
        self.part(1)
    }

    fn part(&self, index: usize) -> &str {
        self.name.split('/').nth(index).unwrap_or_default()
    }

    /// Returns the name of the requested model.
    pub fn model(&self) -> &str {
        self.request["model"].as_str().unwrap_or("model")
    }
}

fn headers(response: &Value) -> Vec<(String, String)> {
    let listed = response["headers"].as_object().into_iter().flatten();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut headers: Vec<_> = listed
        .filter(|(name, _)| !FRAMING.contains(&name.to_ascii_lowercase().as_str()))
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    let named = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if let (false, Some(kind)) = (named, response["content_type"].as_str()) {
        headers.push(("content-type".into(), kind.to_owned()));
    }
    headers
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn bytes(folder: &Path, name: &str) -> Result<Vec<u8>, String> {
    fs::read(folder.join(name)).map_err(|error| format!("{name}: {error}"))
}

fn json(folder: &Path, name: &str) -> Result<Value, String> {
    let value: Value = serde_json::from_slice(&bytes(folder, name)?)
        .map_err(|error| format!("{name}: {error}"))?;
    if value.is_object() { Ok(value) } else { Err(format!("{name}: expected a JSON object")) }
}
