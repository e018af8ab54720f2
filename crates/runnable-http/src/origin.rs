//! [`RequestInfo`]: identifies a request in errors.

use std::{borrow::Cow, fmt, sync::Arc};

use bytes::Bytes;
use reqwest::{
    Method, StatusCode,
    header::{HeaderMap, HeaderValue},
};
use runnable_core::{Error, ErrorKind, ResponseDetails};

use crate::{
    error::{ApiError, masked_excerpt},
    headers::request_id,
    masking::Secrets,
    target::Target,
};

/// Identifies the request to which a response or an error belongs. It is cheap to clone.
///
/// It contains the method, host and path, but not the query, which may contain a key.
#[derive(Clone)]
pub struct RequestInfo {
    request: Arc<Request>,
    /// The request ID that the service sent. It is stored as a header, because it is rarely needed
    /// as text.
    request_id: Option<HeaderValue>,
}

struct Request {
    method: Method,
    target: Arc<Target>,
    service: Arc<Service>,
}

/// The properties of a service that are needed to report its errors.
#[derive(Clone, Debug, Default)]
pub(crate) struct Service {
    pub(crate) secrets: Secrets,
    /// The hints that the provider of the service set, each for one kind of error.
    pub(crate) hints: Vec<(ErrorKind, String)>,
}

impl RequestInfo {
    pub(crate) fn new(method: Method, target: Arc<Target>, service: Arc<Service>) -> Self {
        Self { request: Arc::new(Request { method, target, service }), request_id: None }
    }

    /// Returns the information about a request that is sent through a
    /// [`Transport`](crate::Transport).
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

    /// Returns the method of the request.
    pub fn method(&self) -> &Method {
        &self.request.method
    }

    /// Returns the host, with the port unless it is the default of the scheme.
    pub fn host(&self) -> &str {
        &self.request.target.host
    }

    /// Returns the path of the URL.
    pub fn path(&self) -> &str {
        &self.request.target.path
    }

    /// Returns the service's ID for the request, if it has sent one.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_ref()?.to_str().ok()
    }

    /// Returns the scheme of the URL.
    pub(crate) fn scheme(&self) -> Option<&str> {
        self.request.target.uri.as_ref()?.scheme_str()
    }

    /// Returns the target of the request. Its URL may contain a key.
    pub(crate) fn target(&self) -> &Target {
        &self.request.target
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.request.service.secrets
    }

    /// Creates the [`Error`] for an error that the service sent in its response.
    pub fn error(&self, error: ApiError) -> Error {
        let place = format!("{} sent an error in its response to {self}", self.host());
        self.place(error, place)
    }

    /// Creates the [`Error`] for a response with an error status.
    pub(crate) fn refused(&self, status: StatusCode, error: ApiError) -> Error {
        self.place(error, format!("{} returned {status} for {self}", self.host()))
    }

    /// Adds the host, method and path to an error that arose while reading the response, and masks
    /// the secrets of the request in it.
    ///
    /// Call it for each error that a reader returns, because a reader knows neither the request nor
    /// its secrets.
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
        if let Some(api_error) = error.downcast_ref::<ApiError>() {
            return self.error(api_error.clone());
        }
        let message = error.message();
        let (host, place) = (self.host(), self.to_string());
        if message.contains(&place) && message.contains(host) {
            return self.secrets().mask_error(error);
        }
        let message = match message.strip_prefix(UNREADABLE) {
            Some(why) => format!("{UNREADABLE} of {host} to {place}{why}"),
            None => format!("{UNREADABLE} of {host} to {place}: {message}"),
        };
        let message = self.mask(&message).into_owned();
        self.secrets().mask_error(error.with_message(message))
    }

    /// Returns the error of a run for an error that occurred while reading a complete response. It
    /// adds the same information as [`unreadable`](Self::unreadable). If the error has no other
    /// detail, it also adds the start of the response.
    pub(crate) fn unreadable_body(&self, error: Error, body: &[u8]) -> Error {
        let message = error.message();
        let says_why = message.strip_prefix(UNREADABLE).is_some_and(|rest| rest.starts_with(": "));
        let beginning =
            if says_why { masked_excerpt(body, 200, self.secrets()) } else { String::new() };
        let error = if beginning.is_empty() {
            error
        } else {
            let message = format!("{}: {beginning}", self.mask(&message));
            error.with_message(message)
        };
        self.unreadable(error)
    }

    /// Masks the secrets of the request in a text of the response.
    pub(crate) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.secrets().mask(text)
    }

    fn place(&self, error: ApiError, place: String) -> Error {
        let hint = self.hint(error.kind());
        error.at(place, self.request_id(), hint, self.secrets()).into_error()
    }

    fn hint(&self, kind: ErrorKind) -> Option<&str> {
        let hints = self.request.service.hints.iter();
        hints.rev().find(|(hinted, _)| *hinted == kind).map(|(_, hint)| hint.as_str())
    }

    /// Creates an error about the request or the response, and adds the hint for its kind.
    pub(crate) fn failure(&self, kind: ErrorKind, problem: impl fmt::Display) -> Error {
        let message = match self.hint(kind) {
            Some(hint) => format!("{problem}; {hint}"),
            None => problem.to_string(),
        };
        let error = Error::new(kind, self.secrets().mask(&message).into_owned());
        match self.request_id() {
            Some(id) => error.with_response(ResponseDetails::new().request_id(id)),
            None => error,
        }
    }
}

/// The text with which the message of an error about reading a response starts.
pub(crate) const UNREADABLE: &str = "cannot read the response";

/// Prints the method and path, for example `POST /v1/chat/completions`.
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
