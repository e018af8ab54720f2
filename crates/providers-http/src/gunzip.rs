//! Undoes what proxies do to answers, though nobody asked them to.

use std::io;

use bytes::Bytes;

/// Undoes gzip, piece by piece.
#[derive(Debug)]
pub(crate) struct Gunzip(Inner);

#[cfg(feature = "gzip")]
type Inner = Box<flate2::write::MultiGzDecoder<Vec<u8>>>;
#[cfg(not(feature = "gzip"))]
type Inner = std::convert::Infallible;

/// The most compressed bytes that are undone at once: a bomb of this size bursts at 4 MiB.
pub(crate) const PIECE: usize = 4 << 10;

#[cfg(feature = "gzip")]
impl Gunzip {
    pub(crate) fn new() -> Option<Self> {
        Some(Self(Box::new(flate2::write::MultiGzDecoder::new(Vec::new()))))
    }

    /// What these bytes are when undone; it may be nothing yet.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> io::Result<Bytes> {
        use io::Write as _;

        self.0.write_all(bytes)?;
        self.0.flush()?;
        Ok(std::mem::take(self.0.get_mut()).into())
    }

    /// The rest.
    pub(crate) fn finish(&mut self) -> io::Result<Bytes> {
        self.0.try_finish()?;
        Ok(std::mem::take(self.0.get_mut()).into())
    }
}

#[cfg(not(feature = "gzip"))]
impl Gunzip {
    pub(crate) fn new() -> Option<Self> {
        None
    }

    pub(crate) fn push(&mut self, _: &[u8]) -> io::Result<Bytes> {
        match self.0 {}
    }

    pub(crate) fn finish(&mut self) -> io::Result<Bytes> {
        match self.0 {}
    }
}
