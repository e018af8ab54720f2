//! Cuts bytes into lines.

use std::{collections::VecDeque, mem, str};

use bytes::{Buf, Bytes};
use memchr::{memchr, memchr2};

use super::FrameError;

/// What ends a line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LineEnd {
    /// LF.
    Lf,
    /// LF, CR, or CR and LF.
    Any,
}

/// Bytes go in as they come, lines come out.
///
/// A line that lies within one piece is a slice of it. One that is cut is put together, each byte
/// of it looked at and copied once, however small the pieces are.
#[derive(Debug)]
pub(crate) struct Lines {
    end: LineEnd,
    /// The longest line, in bytes.
    limit: usize,
    pieces: VecDeque<Bytes>,
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
    /// The last line ended in CR: an LF that follows belongs to it.
    after_cr: bool,
}

impl Lines {
    pub(crate) fn new(end: LineEnd, limit: usize) -> Self {
        Self { end, limit, pieces: VecDeque::new(), begun: Vec::new(), after_cr: false }
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    pub(crate) fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.pieces.push_back(piece);
        }
    }

    /// The next line that has ended, without its end.
    pub(crate) fn next(&mut self) -> Option<Result<Bytes, FrameError>> {
        while let Some(piece) = self.pieces.front_mut() {
            if mem::take(&mut self.after_cr) && piece.first() == Some(&b'\n') {
                piece.advance(1);
            }
            let end = match self.end {
                LineEnd::Lf => memchr(b'\n', piece),
                LineEnd::Any => memchr2(b'\n', b'\r', piece),
            };
            if self.begun.len() + end.unwrap_or(piece.len()) > self.limit {
                return Some(Err(FrameError::TooLong { limit: self.limit }));
            }
            match end {
                Some(end) => {
                    let line = piece.split_to(end);
                    self.after_cr = piece.first() == Some(&b'\r');
                    piece.advance(1);
                    if piece.is_empty() {
                        self.pieces.pop_front();
                    }
                    return Some(Ok(self.whole(line)));
                }
                None => {
                    self.begun.extend_from_slice(piece);
                    self.pieces.pop_front();
                }
            }
        }
        None
    }

    /// Passes over ends of lines, if no line has begun.
    pub(crate) fn skip_ends(&mut self) {
        if !self.begun.is_empty() {
            return;
        }
        while let Some(piece) = self.pieces.front_mut() {
            let is_end = |byte: &u8| match self.end {
                LineEnd::Lf => *byte == b'\n',
                LineEnd::Any => matches!(byte, b'\n' | b'\r'),
            };
            let ends = piece.iter().position(|byte| !is_end(byte)).unwrap_or(piece.len());
            if ends > 0 {
                self.after_cr = false;
                piece.advance(ends);
            }
            if !piece.is_empty() {
                return;
            }
            self.pieces.pop_front();
        }
    }

    /// The rest of a line that begins so, if an empty line follows, and both lie within one piece:
    /// a whole event of most streams, at the price of one line. If not, nothing is taken.
    pub(crate) fn next_single(&mut self, beginning: &[u8]) -> Option<Bytes> {
        if self.after_cr || !self.begun.is_empty() {
            return None;
        }
        let piece = self.pieces.front_mut().filter(|piece| piece.starts_with(beginning))?;
        let end = memchr2(b'\n', b'\r', piece).filter(|end| *end <= self.limit)?;
        if !piece[end..].starts_with(b"\n\n") {
            return None;
        }
        let mut line = piece.split_to(end);
        line.advance(beginning.len());
        piece.advance(2);
        if piece.is_empty() {
            self.pieces.pop_front();
        }
        Some(line)
    }

    /// What has come of a line that did not end, if anything. The part of a last character that was
    /// cut is left out: what is wrong is the end of the stream, and not its encoding.
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

/// Takes a byte order mark off the first line.
pub(crate) fn without_mark(mut line: Bytes) -> Bytes {
    if line.starts_with(b"\xEF\xBB\xBF") {
        line.advance(3);
    }
    line
}
