//! [`Decoder`]: the trait that splits bytes into frames. [`FrameError`]: its error.

use std::{error, fmt};

use bytes::Bytes;
use runnable_core::{Error, ErrorKind};

use crate::{
    error::{excerpt, masked_excerpt},
    masking::Secrets,
    origin::RequestInfo,
};

/// The default limit on the size of a frame, in bytes. It is large enough for an image.
pub(crate) const FRAME_LIMIT: usize = 32 << 20;

/// Splits bytes into frames, without any I/O.
///
/// The frames must not depend on how the bytes are split into chunks. Implement this trait for a
/// custom framing, and pass the decoder to [`HttpResponse::frames`](crate::HttpResponse::frames).
///
/// ```
/// use runnable_http::{Decoder, SseDecoder};
///
/// let mut decoder = SseDecoder::new();
/// decoder.push("data: one\n\nda".into());
/// decoder.push("ta: two\n\n".into());
/// assert_eq!(decoder.next().unwrap()?.data(), "one");
/// assert_eq!(decoder.next().unwrap()?.data(), "two");
/// assert!(decoder.next().is_none());
/// # Ok::<(), runnable_http::FrameError>(())
/// ```
pub trait Decoder {
    /// The type of the frames.
    type Frame;

    /// Adds the next bytes.
    fn push(&mut self, bytes: Bytes);

    /// Marks the end of the input, so that a last frame without a terminator can be returned.
    fn finish(&mut self);

    /// Returns the next frame, or `None` if more bytes are needed.
    ///
    /// # Errors
    ///
    /// Returns a [`FrameError`] if the bytes are invalid. After an error, it returns `None`.
    fn next(&mut self) -> Option<Result<Self::Frame, FrameError>>;

    /// Sets the maximum size of a frame in bytes.
    fn set_limit(&mut self, limit: usize);

    /// Returns whether a response in this framing may start with markup, as an HTML page does.
    ///
    /// The default is `false`. If a response then starts with markup, it is treated as an HTML
    /// page, whatever its content type is: the result is an error that contains the title of the
    /// page.
    fn reads_markup(&self) -> bool {
        false
    }

    /// Sets the request whose response contains the bytes. The errors of frames can then name the
    /// request and hide its secrets. The default implementation does nothing.
    fn set_origin(&mut self, _origin: &RequestInfo) {}
}

/// The reason why bytes cannot be split into frames. A `FrameError` converts to a
/// [`runnable_core::Error`] of kind [`Parse`](ErrorKind::Parse).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// A frame exceeds the size limit.
    #[non_exhaustive]
    TooLong {
        /// The maximum size of a frame in bytes.
        limit: usize,
    },
    /// A frame is not valid UTF-8.
    #[non_exhaustive]
    NotUtf8 {
        /// The number of valid bytes at the start of the line.
        at: usize,
        /// The start of the line, with invalid bytes replaced.
        shown: String,
    },
    /// A frame violates a rule of its framing.
    #[non_exhaustive]
    Malformed {
        /// A description of the rule and how it was broken.
        what: String,
    },
}

/// The maximum number of bytes of a line that an error shows.
const SHOWN: usize = 80;

impl FrameError {
    /// Masks the secrets of the request in the excerpt of a line.
    pub(super) fn masked(self, secrets: &Secrets) -> Self {
        match self {
            Self::NotUtf8 { at, shown } => {
                let shown = masked_excerpt(shown.as_bytes(), SHOWN, secrets);
                Self::NotUtf8 { at, shown }
            }
            error => error,
        }
    }

    /// Creates the error for a frame that violates a rule of its framing. Use it in custom
    /// decoders.
    pub fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed { what: what.into() }
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit } => {
                write!(
                    f,
                    "frame exceeds {limit} bytes; raise the limit with `max_frame` if this is expected"
                )
            }
            Self::NotUtf8 { at, shown } => {
                let shown = excerpt(shown, SHOWN);
                write!(f, "invalid UTF-8 in a frame after byte {at} of its line: {shown}")
            }
            Self::Malformed { what } => f.write_str(what),
        }
    }
}

impl error::Error for FrameError {}

impl From<FrameError> for Error {
    fn from(error: FrameError) -> Self {
        Self::wrap(ErrorKind::Parse, error)
    }
}
