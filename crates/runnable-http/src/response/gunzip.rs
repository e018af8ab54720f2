//! Decompresses responses. A request asks for gzip, unless its response is a stream.

use std::io;

use bytes::Bytes;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

/// The encoding that a request asks for. `identity` means no compression. Without this header, a
/// service may choose any encoding.
pub(crate) const ACCEPTED: &str = if cfg!(feature = "gzip") { "gzip" } else { "identity" };

/// Decompresses gzip data that arrives in pieces.
#[derive(Debug)]
pub(crate) struct Gunzip {
    decoder: Decoder,
    /// An error that occurred after some bytes were decompressed. It is returned after these bytes.
    broken: Option<io::Error>,
    /// The number of compressed bytes.
    #[cfg(feature = "gzip")]
    packed: u64,
    /// The number of decompressed bytes.
    #[cfg(feature = "gzip")]
    unpacked: u64,
}

#[cfg(feature = "gzip")]
type Decoder = Box<flate2::write::MultiGzDecoder<Vec<u8>>>;
#[cfg(not(feature = "gzip"))]
type Decoder = std::convert::Infallible;

/// The decompressed size that is always allowed, in bytes.
#[cfg(feature = "gzip")]
const FREE: u64 = 16 << 20;

/// The maximum number of decompressed bytes per compressed byte, beyond [`FREE`]. Events that
/// differ only in a few letters reach 40. Gzip can reach 1,000.
#[cfg(feature = "gzip")]
const RATIO: u64 = 128;

/// The number of compressed bytes that are decompressed at one time. They decompress to at most 4
/// MiB.
pub(crate) const PIECE: usize = 4 << 10;

impl Gunzip {
    /// Returns the error that [`push`](Self::push) or [`finish`](Self::finish) deferred.
    pub(crate) fn broken(&mut self) -> Option<io::Error> {
        self.broken.take()
    }
}

#[cfg(feature = "gzip")]
impl Gunzip {
    pub(crate) fn new() -> Option<Self> {
        let decoder = Box::new(flate2::write::MultiGzDecoder::new(Vec::new()));
        Some(Self { decoder, broken: None, packed: 0, unpacked: 0 })
    }

    /// Decompresses these bytes, and returns the result, which may be empty.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> io::Result<Bytes> {
        use io::Write as _;

        self.packed = self.packed.saturating_add(bytes.len() as u64);
        let pushed = self.decoder.write_all(bytes);
        // Flushing the decoder returns the bytes that could be decompressed, even after an error.
        let flushed = self.decoder.flush();
        self.unpacked(pushed.and(flushed))
    }

    /// Returns the decompressed bytes that remain at the end of the data.
    pub(crate) fn finish(&mut self) -> io::Result<Bytes> {
        let finished = self.decoder.try_finish();
        self.unpacked(finished)
    }

    /// Returns the decompressed bytes. If there are any, an error in `result` is deferred until the
    /// next call.
    fn unpacked(&mut self, result: io::Result<()>) -> io::Result<Bytes> {
        let unpacked = std::mem::take(self.decoder.get_mut());
        self.unpacked = self.unpacked.saturating_add(unpacked.len() as u64);
        if self.unpacked > self.packed.saturating_mul(RATIO).saturating_add(FREE) {
            let message = format!("the data decompresses to more than {RATIO} times its size");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        match result {
            Err(error) if !unpacked.is_empty() => self.broken = Some(error),
            result => result?,
        }
        Ok(unpacked.into())
    }
}

#[cfg(not(feature = "gzip"))]
impl Gunzip {
    pub(crate) fn new() -> Option<Self> {
        None
    }

    pub(crate) fn push(&mut self, _: &[u8]) -> io::Result<Bytes> {
        match self.decoder {}
    }

    pub(crate) fn finish(&mut self) -> io::Result<Bytes> {
        match self.decoder {}
    }
}

/// The compression of a response.
#[derive(Debug)]
pub(crate) enum Encoding {
    None,
    Gzip(Gunzip),
    Unknown(String),
}

impl Encoding {
    /// Returns the compression that the headers name.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let Some(value) = headers.get(CONTENT_ENCODING) else { return Self::None };
        let name = String::from_utf8_lossy(value.as_bytes()).trim().to_ascii_lowercase();
        match name.as_str() {
            "" | "identity" => Self::None,
            "gzip" | "x-gzip" => Gunzip::new().map_or(Self::Unknown(name), Self::Gzip),
            _ => Self::Unknown(name),
        }
    }
}
