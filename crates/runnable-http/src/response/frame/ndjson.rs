//! [`NdjsonDecoder`]: decodes NDJSON, which has one JSON value per line.

use std::fmt;

use bytes::Bytes;

use super::{
    Decoder, Frame, FrameError,
    decoder::FRAME_LIMIT,
    frame::{Source, Text},
    lines::{LineEnd, Lines, without_mark},
};
use crate::origin::RequestInfo;

/// Decodes [NDJSON](https://github.com/ndjson/ndjson-spec). Each line is a frame, except for blank
/// lines. The API of Ollama streams in this form. The APIs of OpenAI and Anthropic send server-sent
/// events, for which there is [`SseDecoder`](super::SseDecoder).
///
/// A last line without a newline is also returned; [`Frame::is_complete`] is then `false`. A line
/// that is not valid UTF-8, or that exceeds the size limit (32 MiB by default), is an error. The
/// decoder does not check that a line is valid JSON.
///
/// ```
/// use runnable_http::{Decoder, NdjsonDecoder};
///
/// let mut decoder = NdjsonDecoder::new();
/// decoder.push("{\"a\":1}\n\n{\"a\"".into());
/// assert_eq!(decoder.next().unwrap()?.data(), "{\"a\":1}");
/// assert!(decoder.next().is_none());
/// # Ok::<(), runnable_http::FrameError>(())
/// ```
pub struct NdjsonDecoder {
    lines: Lines,
    first: bool,
    finished: bool,
    failed: bool,
    source: Source,
}

/// The output does not contain the received bytes, which may be part of an answer.
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
    /// Creates a decoder at the start of a stream.
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

/// Removes leading and trailing white space, which includes a CR at the end.
fn trimmed(line: Bytes) -> Bytes {
    let line_start = line.len() - line.trim_ascii_start().len();
    let length = line.trim_ascii().len();
    line.slice(line_start..line_start + length)
}
