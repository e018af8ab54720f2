//! Methods of an error that concern retries: whether an error can be retried, how many attempts
//! failed, and notes for the reader.

use std::{borrow::Cow, time::Duration};

use crate::Error;

impl Error {
    /// Sets whether another attempt may succeed, if the kind of the error does not decide this.
    ///
    /// For example, an exhausted quota is a [`RateLimit`](crate::ErrorKind::RateLimit) error that
    /// another attempt does not fix.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Connection, "the certificate has expired");
    /// assert!(!error.with_transient(false).is_transient());
    /// ```
    #[must_use]
    pub fn with_transient(mut self, transient: bool) -> Self {
        self.inner.transient = Some(transient);
        self
    }

    /// Sets how many attempts failed before a retry stopped.
    ///
    /// `Display` shows the number if it is more than 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Unavailable, "the service is busy").with_attempts(3);
    /// assert_eq!(error.to_string(), "the service is busy; gave up after 3 attempts");
    /// ```
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.inner.attempts = attempts.max(1);
        self
    }

    /// Returns how many attempts failed before a retry stopped. Returns 1 if nothing was retried.
    ///
    /// The attempts of nested retries are added up: five attempts with three requests each are 15
    /// attempts.
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// Appends a sentence to the [message](Self::message), such as what to do about the error.
    ///
    /// An error has at most one note. A second note replaces the first.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::NotFound, "unknown model `small`");
    /// let error = error.with_note("call `list_models` for the models of the service");
    /// assert_eq!(
    ///     error.message(),
    ///     "unknown model `small`; call `list_models` for the models of the service"
    /// );
    /// ```
    #[must_use]
    pub fn with_note(mut self, note: impl Into<Cow<'static, str>>) -> Self {
        self.inner.note = Some(note.into());
        self
    }

    /// Adds a [note](Self::with_note) that says that the service requested a longer wait than the
    /// retry policy allows.
    ///
    /// The requested wait is [`retry_after`](Self::retry_after). `limit` is the longest wait that
    /// the policy allows.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_core::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::RateLimit, "too many requests")
    ///     .with_retry_after(Duration::from_secs(3600))
    ///     .with_wait_refused(Duration::from_secs(60));
    /// assert!(error.to_string().contains("3600s"));
    /// ```
    #[must_use]
    pub fn with_wait_refused(self, limit: Duration) -> Self {
        let requested = self.retry_after().unwrap_or_default();
        self.with_note(format!(
            "not retried, because the requested wait of {requested:?} is longer than the {limit:?} \
             that the retry policy allows; call again after that time, or raise `max_retry_after`"
        ))
    }
}
