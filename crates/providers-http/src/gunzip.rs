//! Undoes what proxies do to answers, though nobody asked them to.

use std::io;

use bytes::Bytes;

/// Undoes gzip, piece by piece.
#[derive(Debug)]
pub(crate) struct Gunzip {
    decoder: Decoder,
    /// What was wrong with bytes of which some could be undone.
    broken: Option<io::Error>,
}

#[cfg(feature = "gzip")]
type Decoder = Box<flate2::write::MultiGzDecoder<Vec<u8>>>;
#[cfg(not(feature = "gzip"))]
type Decoder = std::convert::Infallible;

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
        Some(Self { decoder, broken: None })
    }

    /// What these bytes are when undone; it may be nothing yet.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> io::Result<Bytes> {
        use io::Write as _;

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
