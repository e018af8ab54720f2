//! [`HttpBody`]: the body of a response.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body as _;
use runnable_core::{ErrorKind, Result};

use crate::{error::cause, origin::RequestInfo};

/// The bytes of a response, as a stream of chunks. Dropping it closes the connection.
///
/// ```
/// use futures_util::TryStreamExt;
/// use runnable_http::HttpBody;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> runnable_core::Result<()> {
/// let body = HttpBody::from("hello");
/// let chunks: Vec<_> = body.try_collect().await?;
/// assert_eq!(chunks, ["hello"]);
/// # Ok(())
/// # }
/// ```
pub struct HttpBody(Source);

enum Source {
    Whole(Bytes),
    Network { body: reqwest::Body, origin: RequestInfo, seen: u64 },
    Stream(Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>),
}

impl HttpBody {
    /// Creates a body from a stream of bytes, for a custom [`Transport`](crate::Transport).
    pub fn from_stream(pieces: impl Stream<Item = Result<Bytes>> + Send + 'static) -> Self {
        Self(Source::Stream(Box::pin(pieces)))
    }

    pub(crate) fn of_network(body: reqwest::Body, origin: RequestInfo) -> Self {
        Self(Source::Network { body, origin, seen: 0 })
    }
}

impl<T: Into<Bytes>> From<T> for HttpBody {
    fn from(bytes: T) -> Self {
        Self(Source::Whole(bytes.into()))
    }
}

impl Stream for HttpBody {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        match &mut self.0 {
            Source::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then_some(Ok(bytes)))
            }
            Source::Stream(pieces) => pieces.as_mut().poll_next(cx),
            Source::Network { body, origin, seen } => loop {
                let Some(frame) = ready!(Pin::new(&mut *body).poll_frame(cx)) else {
                    return Poll::Ready(None);
                };
                let piece = match frame {
                    // Trailers contain nothing that this crate uses.
                    Ok(frame) => match frame.into_data() {
                        Ok(piece) => piece,
                        Err(_) => continue,
                    },
                    Err(error) => {
                        let message = format!(
                            "the connection to {} failed after {seen} bytes of the response to \
                             {origin}: {}",
                            origin.host(),
                            cause(&error)
                        );
                        let error = error.without_url();
                        let error =
                            origin.failure(ErrorKind::Connection, message).with_source(error);
                        return Poll::Ready(Some(Err(error)));
                    }
                };
                *seen += piece.len() as u64;
                return Poll::Ready(Some(Ok(piece)));
            },
        }
    }
}

impl fmt::Debug for HttpBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}
