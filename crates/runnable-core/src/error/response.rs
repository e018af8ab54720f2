//! Methods of an error that concern the response of the service that reported it.

use std::sync::Arc;

use super::response_details::ResponseDetails;
use crate::Error;

impl Error {
    /// Sets what the service stated in the response that reported this error.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{Error, ErrorKind, ResponseDetails};
    ///
    /// let error = Error::new(ErrorKind::Unavailable, "the service is busy")
    ///     .with_response(ResponseDetails::new().status(503));
    /// assert_eq!(error.response().and_then(|response| response.status), Some(503));
    /// ```
    #[must_use]
    pub fn with_response(mut self, details: ResponseDetails) -> Self {
        self.inner.response = Some(Arc::new(details));
        self
    }

    /// Returns what the service stated in the response that reported this error. Returns `None` if
    /// the error does not come from a response.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Connection, "the connection broke");
    /// assert_eq!(error.response(), None);
    /// ```
    pub fn response(&self) -> Option<&ResponseDetails> {
        self.inner.response.as_deref()
    }
}
