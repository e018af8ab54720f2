//! The requests that the fake server receives.

use serde_json::Value;

/// A request that the fake server received.
#[derive(Clone, Debug)]
pub struct ReceivedRequest {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl ReceivedRequest {
    /// Parses the head of a request: its first line and its headers. Returns `None` if the head is
    /// invalid.
    pub(super) fn parse(head: &str) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Some(Self { method, path, headers, body: Vec::new() })
    }

    pub(super) fn with_body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// Returns the HTTP method, such as `POST`.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Returns the path of the request, including the query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the value of the header `name`, which must be in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the body of the request.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Returns the body of the request as JSON, or `null` if the body is not valid JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}
