//! Conversion of errors from other crates, and recognition of their kinds.

use std::{error, io, iter, time::Duration};

use tokio::time::error::Elapsed;

use crate::{BoxError, Error, ErrorKind};

/// The messages by which timeouts and broken connections of `reqwest` and `hyper` are recognised.
/// The types of these errors are private, or belong to crates that are too large to depend on for
/// this purpose.
const TIME_OUT: &str = "operation timed out";
const BROKEN: [&str; 5] = [
    "connection closed before message completed",
    "connection error",
    "connection closed",
    "connection was not ready",
    "dns error",
];

/// The maximum number of causes that are inspected, because the causes of an error of another crate
/// can form a cycle.
const CAUSES: usize = 32;

impl Error {
    /// Wraps an error of another crate, with the message of `source`.
    ///
    /// Use it as `call().await.map_err(Error::other)?`. If `source` or one of its causes is a
    /// broken connection or a timeout of the standard library, of tokio or of `reqwest`, the kind
    /// is [`Connection`](ErrorKind::Connection) or [`Timeout`](ErrorKind::Timeout), so that such
    /// errors are retried. Otherwise the kind is [`Other`](ErrorKind::Other).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    /// use runnable_core::{Error, ErrorKind};
    ///
    /// let error = Error::other(io::Error::from(io::ErrorKind::ConnectionReset));
    /// assert_eq!(error.kind(), ErrorKind::Connection);
    /// assert!(error.is_transient());
    /// ```
    pub fn other(source: impl Into<BoxError>) -> Self {
        classed(source.into())
    }
}

/// Converts `source` to an [`Error`]. The kind is determined by `source`. If `source` has no known
/// kind, the nearest cause with a known kind determines it.
fn classed(source: BoxError) -> Error {
    let source = match source.downcast::<Error>() {
        Ok(error) => return *error,
        Err(source) => source,
    };
    let source = match unwrapped(source) {
        Ok(error) => return error,
        Err(source) => source,
    };
    let class = causes(&*source).find_map(Class::of);
    let mut error = Error::from_parts(ErrorKind::Other, None, Some(source.into()));
    if let Some(Class { kind: Some(kind), retry_after }) = class {
        (error.inner.kind, error.inner.retry_after) = (kind, retry_after);
    }
    error
}

/// Returns the [`Error`] that an I/O error contains, or `source` itself.
fn unwrapped(source: BoxError) -> Result<Error, BoxError> {
    let carries = |io: &io::Error| io.get_ref().is_some_and(|inner| inner.is::<Error>());
    if !source.downcast_ref::<io::Error>().is_some_and(carries) {
        return Err(source);
    }
    let inner = source.downcast::<io::Error>().map(|io| io.into_inner());
    match inner.map(|inner| inner.map(<dyn error::Error + Send + Sync>::downcast::<Error>)) {
        Ok(Some(Ok(error))) => Ok(*error),
        Ok(Some(Err(source))) | Err(source) => Err(source),
        Ok(None) => Err("an I/O error without a cause".into()),
    }
}

/// Returns an iterator over an error and its causes, in this order.
fn causes<'a>(
    error: &'a (dyn error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn error::Error + 'static)> {
    let next = |error: &&'a (dyn error::Error + 'static)| {
        // The method `source` of an I/O error skips the error that it contains.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(carried) => Some(carried as &(dyn error::Error + 'static)),
            None => error.source(),
        }
    };
    iter::successors(Some(error), next).take(CAUSES)
}

/// What is known about an error of another crate: its kind, and the wait that it requests.
struct Class {
    /// The kind. `None` if another attempt is known not to help.
    kind: Option<ErrorKind>,
    retry_after: Option<Duration>,
}

impl Class {
    fn of(error: &(dyn error::Error + 'static)) -> Option<Self> {
        if let Some(error) = error.downcast_ref::<Error>() {
            let kind = error.is_transient().then(|| error.kind());
            return Some(Self { kind, retry_after: error.retry_after() });
        }
        let kind = match error.downcast_ref::<io::Error>() {
            Some(io) => of_io(io.kind()),
            None if error.is::<Elapsed>() => Some(ErrorKind::Timeout),
            None => match error.to_string() {
                text if text == TIME_OUT => Some(ErrorKind::Timeout),
                text if BROKEN.contains(&&*text) => Some(ErrorKind::Connection),
                _ => None,
            },
        };
        kind.map(|kind| Self { kind: Some(kind), retry_after: None })
    }
}

fn of_io(kind: io::ErrorKind) -> Option<ErrorKind> {
    match kind {
        io::ErrorKind::TimedOut => Some(ErrorKind::Timeout),
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::NotConnected
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        // The peer closed the connection before it had sent everything.
        | io::ErrorKind::UnexpectedEof => Some(ErrorKind::Connection),
        _ => None,
    }
}

impl From<io::Error> for Error {
    fn from(source: io::Error) -> Self {
        Self::other(source)
    }
}

impl From<Elapsed> for Error {
    fn from(source: Elapsed) -> Self {
        Self::other(source)
    }
}

impl From<serde_json::Error> for Error {
    fn from(source: serde_json::Error) -> Self {
        Self::wrap(ErrorKind::Parse, source)
    }
}
