//! A recorded call, and what is to become of it.

use std::{fs, path::Path};

use serde_json::{Map, Value};

/// A recorded call, and what is to become of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Case {
    /// `openai/chat/stream_basic`: provider, API, and its own name.
    pub name: String,
    /// The body of the request, as it was recorded; `null` if it was not.
    pub request: Value,
    /// The status of the answer.
    pub status: u16,
    /// The headers of the answer.
    pub headers: Vec<(String, String)>,
    /// The body of the answer, byte for byte.
    pub body: Vec<u8>,
    /// What the case is about; `stream` says that the answer was asked for in pieces.
    pub tags: Vec<String>,
    /// What a reader has to make of it, by field.
    pub expected: Map<String, Value>,
}

/// Headers that say how the bytes were on the wire of the recording. On ours they are as we send
/// them.
const FRAMING: [&str; 4] =
    ["connection", "content-encoding", "content-length", "transfer-encoding"];

impl Case {
    /// Reads the case in this folder.
    ///
    /// # Errors
    ///
    /// What is missing or cannot be read, with the name of its file.
    pub fn read(name: &str, folder: &Path) -> Result<Self, String> {
        let response = json(folder, "response.json")?;
        let status = response["status"].as_u64().and_then(|status| u16::try_from(status).ok());
        let status = status.ok_or("response.json: no `status`")?;
        let tags = json(folder, "source.json")?["tags"].take();
        let expected = match json(folder, "expected.json")?["expect"].take() {
            Value::Object(expected) => expected,
            _ => return Err("expected.json: no `expect`".into()),
        };
        Ok(Self {
            name: name.to_owned(),
            // A source may have kept the answer alone.
            request: json(folder, "request.json").map_or(Value::Null, |mut it| it["body"].take()),
            status,
            headers: headers(&response),
            body: bytes(folder, "response.body")?,
            tags: texts(&tags).map(str::to_owned).collect(),
            expected,
        })
    }

    /// Whether the answer was asked for in pieces.
    pub fn is_streamed(&self) -> bool {
        self.tags.iter().any(|tag| tag == "stream")
    }

    /// The provider, as its folder is called: `openai`.
    pub fn provider(&self) -> &str {
        self.part(0)
    }

    /// The API of it: `chat`.
    pub fn api(&self) -> &str {
        self.part(1)
    }

    fn part(&self, index: usize) -> &str {
        self.name.split('/').nth(index).unwrap_or_default()
    }

    /// The name of the model that was asked.
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
    match value.is_object() {
        true => Ok(value),
        false => Err(format!("{name}: no JSON object")),
    }
}
