//! What decoders have in common.

use std::{error, fmt};

use bytes::Bytes;
use runnable_core::{Error, ErrorKind};

use crate::{
    error::{excerpt, masked_excerpt},
    masking::Secrets,
    origin::RequestInfo,
};

/// The most bytes of a frame, unless said otherwise: 32 MiB, which holds an image.
pub(crate) const FRAME_LIMIT: usize = 32 << 20;

/// Makes frames of bytes, without any I/O.
///
/// Wherever the bytes are cut, the frames are the same. Implement it for a framing of your own, and
/// read it with [`HttpResponse::frames`](crate::HttpResponse::frames).
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
    /// What it makes.
    type Frame;

    /// Takes the next bytes.
    fn push(&mut self, bytes: Bytes);

    /// Says that no bytes follow, so that a last frame that lacks its end can be given out.
    fn finish(&mut self);

    /// The next frame, if enough has come for one.
    ///
    /// # Errors
    ///
    /// A [`FrameError`] if the bytes are no such framing; nothing comes after it.
    fn next(&mut self) -> Option<Result<Self::Frame, FrameError>>;

    /// Sets the most bytes that a frame may have.
    fn set_limit(&mut self, limit: usize);

    /// Whether an answer in this framing may begin as an HTML page does.
    ///
    /// The default is `false`: such an answer is an error that shows the title of the page, whatever
    /// content type it has.
    fn reads_markup(&self) -> bool {
        false
    }

    /// Says which request the bytes are the answer to, so that errors of its frames can name it and
    /// hide its secrets. By default this does nothing.
    fn set_origin(&mut self, _origin: &RequestInfo) {}
}

/// Why bytes are no frames. As a [`runnable_core::Error`] it is of kind
/// [`Parse`](ErrorKind::Parse).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// A frame is longer than it may be.
    #[non_exhaustive]
    TooLong {
        /// The most bytes of a frame.
        limit: usize,
    },
    /// A frame is not UTF-8.
    #[non_exhaustive]
    NotUtf8 {
        /// How many bytes of the line are.
        at: usize,
        /// How the line begins, with what is wrong replaced.
        shown: String,
    },
    /// A frame breaks the rules of its framing.
    #[non_exhaustive]
    Malformed {
        /// Which rule, and how.
        what: String,
    },
}

/// The most bytes of a line that an error shows.
const SHOWN: usize = 80;

impl FrameError {
    /// The error without the secrets of the request in what it shows of a line.
    pub(super) fn masked(self, secrets: &Secrets) -> Self {
        match self {
            Self::NotUtf8 { at, shown } => {
                let shown = masked_excerpt(shown.as_bytes(), SHOWN, secrets);
                Self::NotUtf8 { at, shown }
            }
            error => error,
        }
    }

    /// A frame that breaks a rule of its framing; for decoders of your own.
    pub fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed { what: what.into() }
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit } => {
                write!(f, "a frame has more than {limit} bytes; raise `max_frame` if that is right")
            }
            Self::NotUtf8 { at, shown } => {
                let shown = excerpt(shown, SHOWN);
                write!(f, "a frame is not UTF-8 after byte {at} of its line: {shown}")
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
