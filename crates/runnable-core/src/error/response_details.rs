//! [`ResponseDetails`]: what a service stated in the response that reported an error.

/// What a service stated in the response that reported an error.
///
/// The transport of a service adds it with
/// [`Error::with_response`](crate::Error::with_response), so that a listener can read it without
/// knowing the transport.
///
/// # Examples
///
/// ```
/// use runnable_core::{Error, ErrorKind, ResponseDetails};
///
/// let details = ResponseDetails::new().status(429).code("slow_down").request_id("req_7");
/// let error = Error::new(ErrorKind::RateLimit, "too many requests").with_response(details);
///
/// let response = error.response().unwrap();
/// assert_eq!(response.status, Some(429));
/// assert_eq!(response.code.as_deref(), Some("slow_down"));
/// assert_eq!(response.request_id.as_deref(), Some("req_7"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "the details belong to an error; add them with `with_response`"]
pub struct ResponseDetails {
    /// The HTTP status. `None` if the service reported the error inside a stream.
    pub status: Option<u16>,
    /// The code by which the service identifies the error: a word, or a number as text.
    pub code: Option<String>,
    /// The ID that the service gave the request.
    pub request_id: Option<String>,
}

impl ResponseDetails {
    /// Creates details without any value.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(runnable_core::ResponseDetails::new().status, None);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the HTTP status.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(runnable_core::ResponseDetails::new().status(503).status, Some(503));
    /// ```
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Sets the code by which the service identifies the error.
    ///
    /// # Examples
    ///
    /// ```
    /// let details = runnable_core::ResponseDetails::new().code("model_not_found");
    /// assert_eq!(details.code.as_deref(), Some("model_not_found"));
    /// ```
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Sets the ID that the service gave the request.
    ///
    /// # Examples
    ///
    /// ```
    /// let details = runnable_core::ResponseDetails::new().request_id("req_7");
    /// assert_eq!(details.request_id.as_deref(), Some("req_7"));
    /// ```
    pub fn request_id(mut self, request_id: impl Into<String>) -> Self {
        self.request_id = Some(request_id.into());
        self
    }
}
