//! [`SseDecoder`]: decodes server-sent events.

use std::{fmt, mem, time::Duration};

use bytes::{Buf, Bytes};

use super::{
    Decoder, Frame, FrameError,
    decoder::FRAME_LIMIT,
    frame::{Source, Text},
    lines::{LineEnd, Lines, without_mark},
};
use crate::origin::RequestInfo;

/// Decodes the [event stream
/// format](https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream)
/// of the HTML standard.
///
/// It supports the complete format: the byte order mark, all line terminators, comments, data of
/// several lines, `event`, `id` and `retry`. It deviates from the standard in five points, because
/// a lost event would be a lost part of an answer:
///
/// - The field `error`, which the standard does not have, is decoded as an event named `error`.
///   llama.cpp uses this field to report that an answer failed.
/// - A last event without a blank line is also returned, because servers of language models often
///   leave the blank line out. [`Frame::is_complete`] is then `false`.
/// - JSON that does not belong to any event, up to a blank line or the end, is a frame.
///   [`Frame::is_bare`] is then `true`. Some servers send errors in this form.
/// - Bytes that are not valid UTF-8 are an error, and are not replaced by `U+FFFD`.
/// - An event that exceeds the size limit (32 MiB by default) is an error.
pub struct SseDecoder {
    lines: Lines,
    first: bool,
    event: Option<Text>,
    data: Data,
    id: Option<Text>,
    retry: Option<Duration>,
    /// Whether the current lines are JSON that does not belong to any event.
    bare: bool,
    state: State,
    source: Source,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Open,
    Finished,
    Over,
}

/// The data of an event whose end has not arrived yet.
#[derive(Debug, Default)]
enum Data {
    #[default]
    None,
    Line(Bytes),
    Lines(Vec<u8>),
}

impl Data {
    fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Line(line) => line.len(),
            Self::Lines(lines) => lines.len(),
        }
    }

    fn push(&mut self, line: Bytes) {
        match self {
            Self::None => *self = Self::Line(line),
            Self::Line(first) => {
                let mut lines = Vec::from(mem::take(first));
                lines.push(b'\n');
                lines.extend_from_slice(&line);
                *self = Self::Lines(lines);
            }
            Self::Lines(lines) => {
                lines.push(b'\n');
                lines.extend_from_slice(&line);
            }
        }
    }

    fn take(&mut self) -> Option<Bytes> {
        match mem::take(self) {
            Self::None => None,
            Self::Line(line) => Some(line),
            Self::Lines(lines) => Some(lines.into()),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Field {
    Data,
    Event,
    Id,
    Retry,
    Error,
}

/// The output does not contain the received bytes, which may be part of an answer.
impl fmt::Debug for SseDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseDecoder")
            .field("state", &self.state)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

impl Default for SseDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl SseDecoder {
    /// Creates a decoder at the start of a stream.
    pub fn new() -> Self {
        Self {
            lines: Lines::new(LineEnd::Any, FRAME_LIMIT),
            first: true,
            event: None,
            data: Data::None,
            id: None,
            retry: None,
            bare: false,
            state: State::Open,
            source: Source::default(),
        }
    }

    /// Returns the delay before a reconnection. It is the last one that the server asked for.
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// Returns whether the bytes are the start of an event stream. If not, they are the start of
    /// JSON.
    pub(crate) fn reads(bytes: &Bytes) -> bool {
        let bytes = without_mark(bytes.clone());
        let bytes = bytes.trim_ascii_start();
        [&b"data:"[..], b"event:", b"id:", b"retry:", b"error:", b":"]
            .iter()
            .any(|field| bytes.starts_with(field))
    }

    /// Processes a line. If the line ends an event, returns the event.
    fn line(&mut self, mut line: Bytes) -> Result<Option<Frame>, FrameError> {
        if mem::take(&mut self.first) {
            line = without_mark(line);
        }
        if line.is_empty() {
            return self.dispatch(true);
        }
        let outside = self.event.is_none() && matches!(self.data, Data::None);
        if self.bare || (outside && matches!(line.trim_ascii_start(), [b'{' | b'[', ..])) {
            self.bare = true;
            return self.data(line).map(|()| None);
        }
        let name = memchr::memchr(b':', &line).unwrap_or(line.len());
        let field = match &line[..name] {
            b"data" => Field::Data,
            b"event" => Field::Event,
            b"id" => Field::Id,
            b"retry" => Field::Retry,
            b"error" => Field::Error,
            // The line is a comment or has an unknown field.
            _ => return Ok(None),
        };
        // The rest of the line is the value. Skip the name, so that the value does not have to be
        // copied.
        line.advance(name);
        if line.first() == Some(&b':') {
            line.advance(1);
        }
        if line.first() == Some(&b' ') {
            line.advance(1);
        }
        match field {
            Field::Data => self.data(line)?,
            Field::Event => self.event = Some(Text::new(line)?).filter(|name| !name.is_empty()),
            Field::Id if line.contains(&0) => {}
            Field::Id => self.id = Some(Text::new(line)?),
            Field::Retry => self.retry = milliseconds(&line).or(self.retry),
            Field::Error if line.trim_ascii().is_empty() => {}
            Field::Error => {
                // The lines before this line are a separate event.
                let before = self.dispatch(true)?;
                self.event = Some(Text::new(Bytes::from_static(b"error"))?);
                self.data(line)?;
                return Ok(before);
            }
        }
        Ok(None)
    }

    /// Returns whether an event has started.
    fn is_within(&self) -> bool {
        self.bare || self.event.is_some() || !matches!(self.data, Data::None)
    }

    /// Returns the next event, if the event consists of a single line of data and is within one
    /// chunk.
    fn single(&mut self) -> Option<Result<Frame, FrameError>> {
        // The first line may start with a byte order mark.
        if self.first || self.is_within() {
            return None;
        }
        let data = Text::new(self.lines.next_single(b"data: ")?);
        let (id, source) = (self.id.clone(), self.source.clone());
        Some(data.map(|data| Frame { event: None, data, id, complete: true, bare: false, source }))
    }

    fn data(&mut self, line: Bytes) -> Result<(), FrameError> {
        let limit = self.lines.limit();
        if self.data.len() + line.len() > limit {
            return Err(FrameError::TooLong { limit });
        }
        self.data.push(line);
        Ok(())
    }

    /// Returns the event that consists of the lines since the last event, or `None` if they contain
    /// no data.
    fn dispatch(&mut self, complete: bool) -> Result<Option<Frame>, FrameError> {
        let (event, bare) = (self.event.take(), mem::take(&mut self.bare));
        let Some(data) = self.data.take() else { return Ok(None) };
        let (id, source) = (self.id.clone(), self.source.clone());
        Ok(Some(Frame { event, data: Text::new(data)?, id, complete, bare, source }))
    }

    /// Returns the event at the end of the stream that has no terminator, if there is one.
    fn last(&mut self) -> Result<Option<Frame>, FrameError> {
        if let Some(line) = self.lines.rest() {
            self.line(line)?;
        }
        self.dispatch(false)
    }
}

impl Decoder for SseDecoder {
    type Frame = Frame;

    fn push(&mut self, bytes: Bytes) {
        self.lines.push(bytes);
    }

    fn finish(&mut self) {
        if self.state == State::Open {
            self.state = State::Finished;
        }
    }

    fn next(&mut self) -> Option<Result<Frame, FrameError>> {
        if self.state == State::Over {
            return None;
        }
        loop {
            // Empty lines between events have no meaning, and there may be millions of them.
            if !self.first && !self.is_within() {
                self.lines.skip_ends();
            }
            let frame = match self.single() {
                Some(frame) => frame.map(Some),
                None => match self.lines.next() {
                    Some(line) => line.and_then(|line| self.line(line)),
                    None => break,
                },
            };
            if frame.is_err() {
                self.state = State::Over;
            }
            if let Some(frame) = frame.transpose() {
                return Some(frame);
            }
        }
        if self.state == State::Open {
            return None;
        }
        self.state = State::Over;
        self.last().transpose()
    }

    fn set_limit(&mut self, limit: usize) {
        self.lines.set_limit(limit);
    }

    fn set_origin(&mut self, origin: &RequestInfo) {
        self.source = Source::of(origin);
    }
}

/// Parses a number of milliseconds. As in the standard, only digits are allowed.
fn milliseconds(value: &[u8]) -> Option<Duration> {
    let text = str::from_utf8(value).ok()?;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok().map(Duration::from_millis))?
}
