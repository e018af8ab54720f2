//! Errors of other crates, and their classes.

use std::{error, io, iter, time::Duration};

use tokio::time::error::Elapsed;

use crate::{BoxError, Error, ErrorKind};

/// How `reqwest`, and hyper inside it, describe a time-out and a broken connection. The types of these
/// errors are private, or belong to crates that are too large to depend on for a class.
const TIME_OUT: &str = "operation timed out";
const BROKEN: [&str; 5] = [
    "connection closed before message completed",
    "connection error",
    "connection closed",
    "connection was not ready",
    "dns error",
];

/// How many causes of an error are looked at, because foreign code may make a circle of them.
const CAUSES: usize = 32;

/// The error for `source`, of the class that `source` or the nearest of its causes is known to have.
pub(super) fn classed(source: BoxError) -> Error {
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

/// The error of ours that an I/O error carries.
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

/// An error, and the errors that caused it.
fn causes<'a>(
    error: &'a (dyn error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn error::Error + 'static)> {
    let next = |error: &&'a (dyn error::Error + 'static)| {
        // The source of an I/O error is that of the error it carries.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(carried) => Some(carried as &(dyn error::Error + 'static)),
            None => error.source(),
        }
    };
    iter::successors(Some(error), next).take(CAUSES)
}

/// What is known of an error.
struct Class {
    /// `None` for one of which it is known that no other attempt helps.
    kind: Option<ErrorKind>,
    retry_after: Option<Duration>,
}

impl Class {
    fn of(error: &(dyn error::Error + 'static)) -> Option<Self> {
        if let Some(ours) = error.downcast_ref::<Error>() {
            let kind = ours.is_transient().then(|| ours.kind());
            return Some(Self { kind, retry_after: ours.retry_after() });
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
        // The other side ended the connection before it had sent everything.
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
