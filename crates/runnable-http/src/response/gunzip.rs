//! Undoes what proxies do to answers, though nobody asked them to.

use std::io;

use bytes::Bytes;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

/// Undoes gzip, piece by piece.
#[derive(Debug)]
pub(crate) struct Gunzip {
    decoder: Decoder,
    /// What was wrong with bytes of which some could be undone.
    broken: Option<io::Error>,
    /// The number of bytes that came.
    #[cfg(feature = "gzip")]
    packed: u64,
    /// The number of bytes that they are when undone.
    #[cfg(feature = "gzip")]
    undone: u64,
}

#[cfg(feature = "gzip")]
type Decoder = Box<flate2::write::MultiGzDecoder<Vec<u8>>>;
#[cfg(not(feature = "gzip"))]
type Decoder = std::convert::Infallible;

/// The bytes that an answer may be when undone, however few they were.
#[cfg(feature = "gzip")]
const FREE: u64 = 16 << 20;

/// How many bytes each compressed byte may be beyond [`FREE`]. Events that repeat all but a few
/// letters come to 40; gzip can do 1,000.
#[cfg(feature = "gzip")]
const RATIO: u64 = 128;

/// The most compressed bytes that are undone at once: a bomb of this size bursts at 4 MiB.
pub(crate) const PIECE: usize = 4 << 10;

impl Gunzip {
    /// The error that was held back by [`push`](Self::push) or [`finish`](Self::finish).
    pub(crate) fn broken(&mut self) -> Option<io::Error> {
        self.broken.take()
    }
}

#[cfg(feature = "gzip")]
impl Gunzip {
    pub(crate) fn new() -> Option<Self> {
        let decoder = Box::new(flate2::write::MultiGzDecoder::new(Vec::new()));
        Some(Self { decoder, broken: None, packed: 0, undone: 0 })
    }

    /// What these bytes are when undone; it may be nothing yet.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> io::Result<Bytes> {
        use io::Write as _;

        self.packed = self.packed.saturating_add(bytes.len() as u64);
        let pushed = self.decoder.write_all(bytes);
        // It hands out what it has undone, also before something that it cannot.
        let flushed = self.decoder.flush();
        self.undone(pushed.and(flushed))
    }

    /// The rest.
    pub(crate) fn finish(&mut self) -> io::Result<Bytes> {
        let finished = self.decoder.try_finish();
        self.undone(finished)
    }

    /// What was undone goes before the error of what was not.
    fn undone(&mut self, result: io::Result<()>) -> io::Result<Bytes> {
        let undone = std::mem::take(self.decoder.get_mut());
        self.undone = self.undone.saturating_add(undone.len() as u64);
        if self.undone > self.packed.saturating_mul(RATIO).saturating_add(FREE) {
            let what = format!("its bytes are more than {RATIO} times as many when undone");
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        match result {
            Err(error) if !undone.is_empty() => self.broken = Some(error),
            result => result?,
        }
        Ok(undone.into())
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

/// How an answer is compressed.
#[derive(Debug)]
pub(crate) enum Encoding {
    None,
    Gzip(Gunzip),
    Unknown(String),
}

impl Encoding {
    /// The compression that the headers name.
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
