//! [`Frame`]: an event or a line of a streamed response.

use std::{borrow::Cow, fmt, str, sync::Arc};

use bytes::Bytes;
use runnable_core::{Error, ErrorKind, Result};
use serde::Deserialize;

use super::FrameError;
use crate::{
    error::{WINDOW, masked_excerpt},
    masking::Secrets,
    origin::RequestInfo,
};

/// One event of an event stream, or one line of NDJSON.
///
/// If its data arrived in one chunk of the body, the frame is a slice of this chunk, without a
/// copy.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    pub(super) event: Option<Text>,
    pub(super) data: Text,
    pub(super) id: Option<Text>,
    pub(super) complete: bool,
    pub(super) bare: bool,
    pub(super) source: Source,
}

/// The request whose response contains the frame, if it is known. It does not affect equality.
#[derive(Clone, Default)]
pub(super) struct Source(Option<Arc<RequestInfo>>);

impl Source {
    pub(super) fn of(origin: &RequestInfo) -> Self {
        Self(Some(Arc::new(origin.clone())))
    }
}

impl PartialEq for Source {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Source {}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Frame {
    pub(super) fn of_line(data: Text, complete: bool, source: Source) -> Self {
        Self { event: None, data, id: None, complete, bare: false, source }
    }

    /// Returns the type of the event, if the server named one.
    pub fn event(&self) -> Option<&str> {
        self.event.as_ref().map(Text::as_str)
    }

    /// Returns the data. Several lines of data are joined by `\n`.
    pub fn data(&self) -> &str {
        self.data.as_str()
    }

    /// Returns the data as bytes, which are valid UTF-8.
    pub fn as_bytes(&self) -> &[u8] {
        &self.data.0
    }

    /// Returns the last ID that the server sent, with this event or an earlier one.
    pub fn id(&self) -> Option<&str> {
        self.id.as_ref().map(Text::as_str)
    }

    /// Returns whether the frame has its terminator: a blank line after an event, or a newline
    /// after a line of NDJSON.
    ///
    /// If a stream ends without the terminator, the last frame may be complete or truncated.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Returns whether the frame is JSON that does not belong to any event of the stream. Some
    /// servers send errors in this form.
    pub fn is_bare(&self) -> bool {
        self.bare
    }

    /// Returns whether the frame only keeps the connection open.
    ///
    /// Services send various keep-alives: an event without data, an event with a name such as
    /// `ping`, a comment in the data, or a word such as `keep-alive`.
    ///
    /// ```
    /// use runnable_http::{Decoder, SseDecoder};
    ///
    /// let mut decoder = SseDecoder::new();
    /// decoder.push("data: : keepalive\n\nevent: ping\ndata:\n\ndata: {}\n\n".into());
    /// assert!(decoder.next().unwrap()?.is_keep_alive());
    /// assert!(decoder.next().unwrap()?.is_keep_alive());
    /// assert!(!decoder.next().unwrap()?.is_keep_alive());
    /// # Ok::<(), runnable_http::FrameError>(())
    /// ```
    pub fn is_keep_alive(&self) -> bool {
        const WORDS: [&str; 6] =
            ["ping", "pong", "keepalive", "keep-alive", "keep_alive", "heartbeat"];
        let is_word = |text: &str| WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
        match self.event() {
            Some(name) if is_word(name) => return true,
            Some("error") => return false,
            _ => (),
        }
        let data = self.data().trim();
        // Most data is a JSON object, so check for it first.
        !data.starts_with('{')
            && (data.is_empty()
                || data.starts_with(':')
                || is_word(data.trim_matches(['"', '[', ']', '(', ')', '.', ' '])))
    }

    /// Deserializes the data from JSON. `T` may borrow from the frame.
    ///
    /// # Errors
    ///
    /// Returns [`Connection`](ErrorKind::Connection) if the stream ended inside this frame, and
    /// [`Parse`](ErrorKind::Parse) if the data does not deserialize to `T`. The message contains
    /// the start of the data.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        // Pass a `str`, because `from_slice` would check each string for valid UTF-8 again.
        serde_json::from_str(self.data()).map_err(|source| {
            let (kind, problem) = if self.complete {
                (ErrorKind::Parse, "cannot deserialize a frame of the response")
            } else {
                (ErrorKind::Connection, "the response ended inside a frame")
            };
            let message = format!("{problem}: {source}: {}", self.beginning());
            let error = Error::new(kind, message).with_source(source);
            match &self.source.0 {
                Some(origin) => origin.unreadable(error),
                None => error,
            }
        })
    }

    /// Returns the start of the data.
    fn beginning(&self) -> String {
        let none = Secrets::default();
        let secrets = self.source.0.as_ref().map_or(&none, |origin| origin.secrets());
        masked_excerpt(self.as_bytes(), 200, secrets)
    }

    /// Returns the data of the frame, which is valid UTF-8.
    pub fn into_bytes(self) -> Bytes {
        self.data.0
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("event", &self.event())
            .field(
                "data",
                &self
                    .source
                    .0
                    .as_ref()
                    .map_or(Cow::Borrowed(self.data()), |origin| origin.mask(self.data())),
            )
            .finish_non_exhaustive()
    }
}

/// Bytes that are valid UTF-8.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Text(Bytes);

impl Text {
    pub(super) fn new(bytes: Bytes) -> Result<Self, FrameError> {
        match str::from_utf8(&bytes) {
            Ok(_) => Ok(Self(bytes)),
            Err(error) => {
                // Keep more than the error shows, because secrets are masked before the text is
                // cut.
                let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(WINDOW)]).into_owned();
                Err(FrameError::NotUtf8 { at: error.valid_up_to(), shown })
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes were validated in `new`. Safe code must validate them again here, which takes a
    /// fraction of the time that parsing takes.
    pub(super) fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}
