//! A JSON value a line.

use std::fmt;

use bytes::Bytes;

use super::{
    Decoder, Frame, FrameError,
    decoder::FRAME_LIMIT,
    frame::{Source, Text},
    lines::{LineEnd, Lines, without_mark},
};
use crate::origin::RequestInfo;

/// Reads [NDJSON](https://github.com/ndjson/ndjson-spec): a frame is a line, and blank lines are
/// none.
///
/// The last line is given out though its newline is missing; [`Frame::is_complete`] tells. A line
/// that is not UTF-8, or is too long (32 MiB, unless said otherwise), is an error. JSON itself is
/// not checked here.
pub struct NdjsonDecoder {
    lines: Lines,
    first: bool,
    finished: bool,
    failed: bool,
    source: Source,
}

/// Not what has come, which may be a part of an answer.
impl fmt::Debug for NdjsonDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NdjsonDecoder").field("failed", &self.failed).finish_non_exhaustive()
    }
}

impl Default for NdjsonDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl NdjsonDecoder {
    /// A decoder of a stream that begins.
    pub fn new() -> Self {
        let lines = Lines::new(LineEnd::Lf, FRAME_LIMIT);
        Self { lines, first: true, finished: false, failed: false, source: Source::default() }
    }

    fn line(&mut self, mut line: Bytes, complete: bool) -> Option<Result<Frame, FrameError>> {
        if std::mem::take(&mut self.first) {
            line = without_mark(line);
        }
        let line = trimmed(line);
        (!line.is_empty())
            .then(|| Ok(Frame::of_line(Text::new(line)?, complete, self.source.clone())))
    }
}

impl Decoder for NdjsonDecoder {
    type Frame = Frame;

    fn push(&mut self, bytes: Bytes) {
        self.lines.push(bytes);
    }

    fn finish(&mut self) {
        self.finished = true;
    }

    fn next(&mut self) -> Option<Result<Frame, FrameError>> {
        if self.failed {
            return None;
        }
        let frame = loop {
            if !self.first {
                self.lines.skip_ends();
            }
            match self.lines.next() {
                Some(Ok(line)) => {
                    if let Some(frame) = self.line(line, true) {
                        break Some(frame);
                    }
                }
                Some(Err(error)) => break Some(Err(error)),
                None if self.finished => {
                    let rest = self.lines.rest();
                    break rest.and_then(|line| self.line(line, false));
                }
                None => break None,
            }
        };
        self.failed = matches!(frame, Some(Err(_)));
        frame
    }

    fn set_limit(&mut self, limit: usize) {
        self.lines.set_limit(limit);
    }

    fn set_origin(&mut self, origin: &RequestInfo) {
        self.source = Source::of(origin);
    }
}

/// Without white space around it, of which CR is one.
fn trimmed(line: Bytes) -> Bytes {
    let line_start = line.len() - line.trim_ascii_start().len();
    let length = line.trim_ascii().len();
    line.slice(line_start..line_start + length)
}
