//! Splits bytes into lines.

use std::{collections::VecDeque, mem, str};

use bytes::{Buf, Bytes};
use memchr::{memchr, memchr2};

use super::FrameError;

/// The line terminators that are recognized.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LineEnd {
    /// Only LF.
    Lf,
    /// LF, CR, or CR followed by LF.
    Any,
}

/// Splits a stream of bytes into lines.
///
/// A line within one chunk of bytes is returned as a slice of the chunk. The parts of a line that
/// spans several chunks are joined. Each byte is then searched once and copied once, however small
/// the chunks are.
#[derive(Debug)]
pub(crate) struct Lines {
    end: LineEnd,
    /// The maximum length of a line in bytes.
    limit: usize,
    chunks: VecDeque<Bytes>,
    /// The start of a line whose terminator has not arrived.
    begun: Vec<u8>,
    /// Whether the last line ended in CR. If an LF follows, it belongs to the terminator of that
    /// line.
    after_cr: bool,
}

impl Lines {
    pub(crate) fn new(end: LineEnd, limit: usize) -> Self {
        Self { end, limit, chunks: VecDeque::new(), begun: Vec::new(), after_cr: false }
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    pub(crate) fn push(&mut self, chunk: Bytes) {
        if !chunk.is_empty() {
            self.chunks.push_back(chunk);
        }
    }

    /// Returns the next complete line, without its terminator.
    pub(crate) fn next(&mut self) -> Option<Result<Bytes, FrameError>> {
        while let Some(chunk) = self.chunks.front_mut() {
            if mem::take(&mut self.after_cr) && chunk.first() == Some(&b'\n') {
                chunk.advance(1);
            }
            let end = match self.end {
                LineEnd::Lf => memchr(b'\n', chunk),
                LineEnd::Any => memchr2(b'\n', b'\r', chunk),
            };
            if self.begun.len() + end.unwrap_or(chunk.len()) > self.limit {
                return Some(Err(FrameError::TooLong { limit: self.limit }));
            }
            match end {
                Some(end) => {
                    let line = chunk.split_to(end);
                    self.after_cr = chunk.first() == Some(&b'\r');
                    chunk.advance(1);
                    if chunk.is_empty() {
                        self.chunks.pop_front();
                    }
                    return Some(Ok(self.whole(line)));
                }
                None => {
                    self.begun.extend_from_slice(chunk);
                    self.chunks.pop_front();
                }
            }
        }
        None
    }

    /// Skips line terminators. Does nothing if a line has started.
    pub(crate) fn skip_ends(&mut self) {
        if !self.begun.is_empty() {
            return;
        }
        while let Some(chunk) = self.chunks.front_mut() {
            let is_end = |byte: &u8| match self.end {
                LineEnd::Lf => *byte == b'\n',
                LineEnd::Any => matches!(byte, b'\n' | b'\r'),
            };
            let ends = chunk.iter().position(|byte| !is_end(byte)).unwrap_or(chunk.len());
            if ends > 0 {
                self.after_cr = false;
                chunk.advance(ends);
            }
            if !chunk.is_empty() {
                return;
            }
            self.chunks.pop_front();
        }
    }

    /// Returns the rest of a line that starts with `beginning`, if an empty line follows, and both
    /// lines are within one chunk. Otherwise returns `None` and consumes nothing. Most events have
    /// this form, and this function is faster than two calls of `next`.
    pub(crate) fn next_single(&mut self, beginning: &[u8]) -> Option<Bytes> {
        if self.after_cr || !self.begun.is_empty() {
            return None;
        }
        let chunk = self.chunks.front_mut().filter(|chunk| chunk.starts_with(beginning))?;
        let end = memchr2(b'\n', b'\r', chunk).filter(|end| *end <= self.limit)?;
        if !chunk[end..].starts_with(b"\n\n") {
            return None;
        }
        let mut line = chunk.split_to(end);
        line.advance(beginning.len());
        chunk.advance(2);
        if chunk.is_empty() {
            self.chunks.pop_front();
        }
        Some(line)
    }

    /// Returns the start of a last line without a terminator, if there is one. If its last
    /// character is incomplete, that character is removed, because the end of the stream is the
    /// fault and not the encoding.
    pub(crate) fn rest(&mut self) -> Option<Bytes> {
        let mut rest = mem::take(&mut self.begun);
        if let Err(error) = str::from_utf8(&rest)
            && error.error_len().is_none()
        {
            rest.truncate(error.valid_up_to());
        }
        (!rest.is_empty()).then(|| rest.into())
    }

    fn whole(&mut self, tail: Bytes) -> Bytes {
        if self.begun.is_empty() {
            return tail;
        }
        self.begun.extend_from_slice(&tail);
        mem::take(&mut self.begun).into()
    }
}

/// Removes a byte order mark from the start of a line. Used for the first line.
pub(crate) fn without_mark(mut line: Bytes) -> Bytes {
    if line.starts_with(b"\xEF\xBB\xBF") {
        line.advance(3);
    }
    line
}
