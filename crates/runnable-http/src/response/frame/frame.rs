//! One frame.

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
/// Where its data came in one piece it is a slice of that piece, and not a copy.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    pub(super) event: Option<Text>,
    pub(super) data: Text,
    pub(super) id: Option<Text>,
    pub(super) complete: bool,
    pub(super) bare: bool,
    pub(super) source: Source,
}

/// The request that a frame is of the answer to, if that is known. It makes no frame another.
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

    /// The type of the event, if the server named one.
    pub fn event(&self) -> Option<&str> {
        self.event.as_ref().map(Text::as_str)
    }

    /// What the server sent; several lines of data are joined by `\n`.
    pub fn data(&self) -> &str {
        self.data.as_str()
    }

    /// What the server sent, as bytes. They are UTF-8.
    pub fn as_bytes(&self) -> &[u8] {
        &self.data.0
    }

    /// The last id that the server gave, with this event or with one before it.
    pub fn id(&self) -> Option<&str> {
        self.id.as_ref().map(Text::as_str)
    }

    /// Whether its end was seen: a blank line after an event, a newline after NDJSON.
    ///
    /// A stream may end without; then its last frame may be whole, or cut.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether this is JSON that stood in the event stream outside of any event, as some servers
    /// write an error.
    pub fn is_bare(&self) -> bool {
        self.bare
    }

    /// Whether this frame only keeps the connection open.
    ///
    /// Services do so in many ways: by an event without data or of a name such as `ping`, by a
    /// comment that stands in the data, or by a word such as `keep-alive`.
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
        // Most data are JSON objects.
        !data.starts_with('{')
            && (data.is_empty()
                || data.starts_with(':')
                || is_word(data.trim_matches(['"', '[', ']', '(', ')', '.', ' '])))
    }

    /// Reads the data as JSON. A `T` may borrow from the frame.
    ///
    /// # Errors
    ///
    /// Of kind [`Connection`](ErrorKind::Connection) if the stream ended within this frame, else of
    /// kind [`Parse`](ErrorKind::Parse). The message shows how the data begins.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        // As text, so that not every string within is checked to be UTF-8.
        serde_json::from_str(self.data()).map_err(|source| {
            let (kind, what) = match self.complete {
                true => (ErrorKind::Parse, "cannot read a frame of the answer"),
                false => (ErrorKind::Connection, "the answer was cut within a frame"),
            };
            let message = format!("{what}: {source}: {}", self.beginning());
            let error = Error::new(kind, message).with_source(source);
            match &self.source.0 {
                Some(origin) => origin.unreadable(error),
                None => error,
            }
        })
    }

    /// How the data begins.
    fn beginning(&self) -> String {
        let none = Secrets::default();
        let secrets = self.source.0.as_ref().map_or(&none, |origin| origin.secrets());
        masked_excerpt(self.as_bytes(), 200, secrets)
    }

    /// The data without the frame. It is UTF-8.
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
                    .map_or(Cow::Borrowed(self.data()), |it| it.mask(self.data())),
            )
            .finish_non_exhaustive()
    }
}

/// Bytes that are UTF-8.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Text(Bytes);

impl Text {
    pub(super) fn new(bytes: Bytes) -> Result<Self, FrameError> {
        match str::from_utf8(&bytes) {
            Ok(_) => Ok(Self(bytes)),
            Err(error) => {
                // More than an error shows: secrets are hidden before it is cut.
                let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(WINDOW)]).into_owned();
                Err(FrameError::NotUtf8 { at: error.valid_up_to(), shown })
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checked when it was made. Safe code has to check again, at a fraction of what parsing costs.
    pub(super) fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}
