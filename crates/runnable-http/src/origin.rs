//! Which request it was, for whoever reports on it.

use std::{borrow::Cow, fmt, sync::Arc};

use bytes::Bytes;
use reqwest::{
    Method, StatusCode,
    header::{HeaderMap, HeaderValue},
};
use runnable_core::{Error, ErrorKind};

use crate::{
    error::{ApiError, masked_excerpt},
    headers::request_id,
    masking::Secrets,
    target::Target,
};

/// Which request an answer or an error belongs to. Cheap to clone.
///
/// It names method, host and path, without the query, which may hold a key.
#[derive(Clone)]
pub struct RequestInfo {
    request: Arc<Request>,
    /// As it came: most answers are never asked for it.
    request_id: Option<HeaderValue>,
}

struct Request {
    method: Method,
    target: Arc<Target>,
    service: Arc<Service>,
}

/// What reports on a service's answers need to know of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Service {
    pub(crate) secrets: Secrets,
    /// What to do about errors of a class, by whoever knows the service.
    pub(crate) hints: Vec<(ErrorKind, String)>,
}

impl RequestInfo {
    pub(crate) fn new(method: Method, target: Arc<Target>, service: Arc<Service>) -> Self {
        Self { request: Arc::new(Request { method, target, service }), request_id: None }
    }

    /// That of a request on its way through a [`Transport`](crate::Transport).
    pub(crate) fn of(request: &http::Request<Bytes>) -> Self {
        if let Some(origin) = request.extensions().get::<Self>() {
            return origin.clone();
        }
        let target = Arc::new(Target::of_uri(request.uri()));
        Self::new(request.method().clone(), target, Arc::default())
    }

    pub(crate) fn answered(mut self, headers: &HeaderMap) -> Self {
        self.request_id = request_id(headers).cloned();
        self
    }

    /// The method of the request.
    pub fn method(&self) -> &Method {
        &self.request.method
    }

    /// The host that it went to, with its port if that is not the usual one.
    pub fn host(&self) -> &str {
        &self.request.target.host
    }

    /// The path of its URL.
    pub fn path(&self) -> &str {
        &self.request.target.path
    }

    /// How the service calls the request, if it has answered and says so.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_ref()?.to_str().ok()
    }

    /// The scheme of its URL.
    pub(crate) fn scheme(&self) -> Option<&str> {
        self.request.target.uri.as_ref()?.scheme_str()
    }

    /// Where the request goes. Its URL may hold a key.
    pub(crate) fn target(&self) -> &Target {
        &self.request.target
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.request.service.secrets
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

    /// The error of a run for an error in reading this answer: with host, method and path, and
    /// without the secrets of the request, whatever of the answer it shows.
    ///
    /// A reader of an answer knows neither where the answer came from nor the secrets, and calls
    /// this for each error that it makes.
    ///
    /// ```no_run
    /// # use runnable_http::HttpClient;
    /// # async fn example(client: HttpClient) -> runnable_core::Result<()> {
    /// use runnable_core::{Error, ErrorKind};
    ///
    /// let answer = client.get("version").send().await?;
    /// let origin = answer.origin().clone();
    /// let text = answer.bytes().await?;
    /// if text.is_empty() {
    ///     return Err(origin.unreadable(Error::new(ErrorKind::Parse, "the version is empty")));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn unreadable(&self, error: Error) -> Error {
        if let Some(said) = error.downcast_ref::<ApiError>() {
            return self.error(said.clone());
        }
        let message = error.message();
        let (host, place) = (self.host(), self.to_string());
        if message.contains(&place) && message.contains(host) {
            return self.secrets().mask_error(error);
        }
        let message = match message.strip_prefix(UNREADABLE) {
            Some(why) => format!("{UNREADABLE} of {host} to {place}{why}"),
            None => format!("in the answer of {host} to {place}: {message}"),
        };
        let message = self.mask(&message).into_owned();
        self.secrets().mask_error(error.with_message(message))
    }

    /// The error of a run for an error in reading a whole answer, as [`unreadable`](Self::unreadable)
    /// makes it. One that says no more than why shows how the answer begins, too.
    pub(crate) fn unreadable_body(&self, error: Error, body: &[u8]) -> Error {
        let message = error.message();
        let says_why = message.strip_prefix(UNREADABLE).is_some_and(|it| it.starts_with(": "));
        let begins = match says_why {
            true => masked_excerpt(body, 200, self.secrets()),
            false => String::new(),
        };
        let error = match begins.is_empty() {
            true => error,
            false => {
                let message = format!("{}: {begins}", self.mask(&message));
                error.with_message(message)
            }
        };
        self.unreadable(error)
    }

    /// A text of this answer without the secrets of the request.
    pub(crate) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.secrets().mask(text)
    }

    fn place(&self, said: ApiError, place: String) -> Error {
        let hint = self.hint(said.kind());
        said.at(place, self.request_id(), hint, self.secrets()).into_error()
    }

    fn hint(&self, kind: ErrorKind) -> Option<&str> {
        let hints = self.request.service.hints.iter();
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

/// What errors in reading an answer begin with.
pub(crate) const UNREADABLE: &str = "cannot read the answer";

/// `POST /v1/chat/completions`
impl fmt::Display for RequestInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), self.path())
    }
}

impl fmt::Debug for RequestInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestInfo")
            .field("method", self.method())
            .field("host", &self.host())
            .field("path", &self.mask(self.path()))
            .field("request_id", &self.request_id())
            .finish()
    }
}
