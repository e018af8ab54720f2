//! The requests that a service of a test receives.

use std::io::{BufRead, Read};

/// The head of a request.
pub(crate) struct RequestHead {
    pub(crate) method: String,
    pub(crate) path: String,
    length: usize,
}

impl RequestHead {
    /// Reads the head of the next request. Returns `None` if the connection was closed.
    pub(crate) fn read(reader: &mut impl BufRead) -> Option<Self> {
        let first = line(reader)?;
        let mut words = first.split(' ').map(str::to_owned);
        let (method, path) = (words.next()?, words.next()?);
        let mut length = 0;
        loop {
            let line = line(reader)?.to_ascii_lowercase();
            if line.is_empty() {
                return Some(Self { method, path, length });
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().ok()?;
            }
        }
    }

    /// Reads the body that follows. Returns `None` if the connection was closed.
    pub(crate) fn body(&self, reader: &mut impl Read) -> Option<Vec<u8>> {
        let mut body = vec![0; self.length];
        reader.read_exact(&mut body).ok()?;
        Some(body)
    }
}

fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    let length = reader.read_line(&mut line).ok()?;
    (length > 0).then(|| line.trim_end().to_owned())
}
