//! Which request it was, for whoever reports on it.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use reqwest::{Method, StatusCode, Url};
use runnable_core::{Error, ErrorKind};

use crate::{error::ApiError, secret::Secrets};

/// Which request an answer or an error belongs to. Cheap to clone.
///
/// It names method, host and path, without the query, which may hold a key.
#[derive(Clone)]
pub struct Origin {
    request: Arc<Request>,
    request_id: Option<Arc<str>>,
}

struct Request {
    method: Method,
    host: String,
    path: String,
    /// The whole of it, if it is a request of a client's.
    url: Option<Url>,
    secrets: Secrets,
    hints: Hints,
}

/// What to do about errors of a class, by whoever knows the service.
pub(crate) type Hints = Arc<[(ErrorKind, String)]>;

impl Origin {
    pub(crate) fn new(method: Method, url: Url, secrets: Secrets, hints: Hints) -> Self {
        let host = url.host_str().unwrap_or_default();
        let host = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let (path, url) = (url.path().to_owned(), Some(url));
        Self::of_request(Request { method, host, path, url, secrets, hints })
    }

    fn of_request(request: Request) -> Self {
        Self { request: Arc::new(request), request_id: None }
    }

    /// That of a request on its way through a [`Transport`](crate::Transport).
    pub(crate) fn of(request: &http::Request<Bytes>) -> Self {
        if let Some(origin) = request.extensions().get::<Self>() {
            return origin.clone();
        }
        let (method, uri) = (request.method().clone(), request.uri());
        let host = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
        // Without a name and a password that may stand before it.
        let host = host.rsplit('@').next().unwrap_or_default().to_owned();
        let path = uri.path().to_owned();
        let (secrets, hints) = (Secrets::default(), Hints::default());
        Self::of_request(Request { method, host, path, url: None, secrets, hints })
    }

    pub(crate) fn answered(mut self, request_id: Option<String>) -> Self {
        self.request_id = request_id.map(Into::into);
        self
    }

    /// The method of the request.
    pub fn method(&self) -> &Method {
        &self.request.method
    }

    /// The host that it went to, with its port if that is not the usual one.
    pub fn host(&self) -> &str {
        &self.request.host
    }

    /// The path of its URL.
    pub fn path(&self) -> &str {
        &self.request.path
    }

    /// How the service calls the request, if it has answered and says so.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Where the request goes, if that is known as a URL. It may hold a key.
    pub(crate) fn url(&self) -> Option<&Url> {
        self.request.url.as_ref()
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.request.secrets
    }

    /// The error of a run for an error that the service wrote into its answer.
    pub fn error(&self, said: ApiError) -> Error {
        let place = format!("{} wrote an error into its answer to {self}", self.host());
        self.place(said, place)
    }

    /// The error of a run for an answer of this status.
    pub(crate) fn refused(&self, status: StatusCode, said: ApiError) -> Error {
        self.place(said, format!("{} answered {status} to {self}", self.host()))
    }

    fn place(&self, said: ApiError, place: String) -> Error {
        let hint = self.hint(said.kind());
        said.at(place, self.request_id(), hint, self.secrets()).into_error()
    }

    fn hint(&self, kind: ErrorKind) -> Option<&str> {
        let hints = self.request.hints.iter();
        hints.rev().find(|(of, _)| *of == kind).map(|(_, hint)| hint.as_str())
    }

    /// An error of the way to the service and back.
    pub(crate) fn failure(&self, kind: ErrorKind, what: impl fmt::Display) -> Error {
        let message = match self.hint(kind) {
            Some(hint) => format!("{what}; {hint}"),
            None => what.to_string(),
        };
        Error::new(kind, self.secrets().mask(&message).into_owned())
    }
}

/// `POST /v1/chat/completions`
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), self.path())
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin")
            .field("method", self.method())
            .field("host", &self.host())
            .field("path", &self.path())
            .field("request_id", &self.request_id())
            .finish()
    }
}
