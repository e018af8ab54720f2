//! [`Multipart`]: the body of a request that uploads a file.

use bytes::Bytes;

/// A body of the type `multipart/form-data`: fields and a file, as a form in a browser sends them.
///
/// Send it with [`HttpRequestBuilder::multipart`](crate::HttpRequestBuilder::multipart).
///
/// ```
/// use runnable_http::{HttpClient, Multipart};
///
/// # fn main() -> runnable_core::Result<()> {
/// let client = HttpClient::new("https://api.example.org/v1")?;
/// let form = Multipart::new()
///     .field("purpose", "batch")
///     .file("file", "requests.jsonl", "application/jsonl", "{}\n");
/// let request = client.post("files").multipart(form);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Multipart {
    parts: Vec<Part>,
}

#[derive(Clone)]
struct Part {
    name: String,
    /// The name and the type of the file. `None` for a field.
    file: Option<(String, String)>,
    content: Bytes,
}

/// The output does not contain the content, which may be private.
impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part")
            .field("name", &self.name)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

impl Multipart {
    /// Creates a body without parts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    pub fn field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let content = Bytes::from(value.into());
        self.parts.push(Part { name: name.into(), file: None, content });
        self
    }

    /// Adds a file.
    pub fn file(
        mut self,
        name: impl Into<String>,
        file_name: impl Into<String>,
        content_type: impl Into<String>,
        content: impl Into<Bytes>,
    ) -> Self {
        let file = Some((file_name.into(), content_type.into()));
        self.parts.push(Part { name: name.into(), file, content: content.into() });
        self
    }

    /// Returns the content type, which contains the boundary, and the encoded body.
    pub(crate) fn encode(self) -> (String, Bytes) {
        let boundary = self.boundary();
        let longest = self.parts.iter().map(|part| part.content.len()).max();
        // The bytes before the longest part, and that part with the bytes after it. It is not
        // copied, because it may be a large part of the memory.
        let (mut before, mut body) = (Vec::new(), None);
        for part in self.parts {
            let name = quoted(&part.name);
            let head = match &part.file {
                None => {
                    format!("--{boundary}\r\ncontent-disposition: form-data; name={name}\r\n\r\n")
                }
                Some((file_name, content_type)) => format!(
                    "--{boundary}\r\ncontent-disposition: form-data; name={name}; filename={}\r\n\
                     content-type: {}\r\n\r\n",
                    quoted(file_name),
                    content_type.replace(['\r', '\n'], " ")
                ),
            };
            if body.is_none() && Some(part.content.len()) == longest {
                before.extend_from_slice(head.as_bytes());
                body.insert(Vec::from(part.content)).extend_from_slice(b"\r\n");
            } else {
                let bytes = body.as_mut().unwrap_or(&mut before);
                bytes.extend_from_slice(head.as_bytes());
                bytes.extend_from_slice(&part.content);
                bytes.extend_from_slice(b"\r\n");
            }
        }
        let mut body = body.unwrap_or_default();
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        drop(body.splice(..0, before));
        (format!("multipart/form-data; boundary={boundary}"), body.into())
    }

    /// Returns a boundary that no part contains. It depends only on the parts, so that a recorded
    /// request can be found again.
    fn boundary(&self) -> String {
        let mut number = 0_u64;
        loop {
            let boundary = format!("runnable-boundary-{number:x}");
            if !self.parts.iter().any(|part| has_delimiter(&part.content, &boundary)) {
                return boundary;
            }
            number += 1;
        }
    }
}

/// Returns whether a line of `content` starts with the delimiter of this boundary.
fn has_delimiter(content: &[u8], boundary: &str) -> bool {
    let starts = |line: &[u8]| {
        line.strip_prefix(b"--").is_some_and(|rest| rest.starts_with(boundary.as_bytes()))
    };
    content.split(|byte| matches!(byte, b'\n' | b'\r')).any(starts)
}

/// Encodes a name as browsers do: <https://url.spec.whatwg.org/#multipart-form-data>.
fn quoted(name: &str) -> String {
    let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    format!("\"{name}\"")
}
