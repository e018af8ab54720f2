//! What an error says of the attempts that were made.

use std::{borrow::Cow, time::Duration};

use crate::Error;

impl Error {
    /// This error, with whether running the same step again may succeed, if its class does not tell: a
    /// quota that is used up is a [`RateLimit`](crate::ErrorKind::RateLimit) that no wait mends.
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

    /// This error, with how many attempts failed before a retry gave up.
    ///
    /// `Display` shows the number if it is more than one.
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

    /// Returns how many attempts failed before a retry gave up; 1 if nothing was retried.
    ///
    /// Retries inside each other add up: five attempts of three requests each are 15.
    pub fn attempts(&self) -> u32 {
        self.inner.attempts
    }

    /// This error, with a sentence that its [`message`](Self::message) ends in: what to do about it, or
    /// why nothing more was done. An error has one such sentence: a second one replaces it.
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

    /// This error, with a [note](Self::with_note) that a retry does not wait as long as its sender
    /// [asks](Self::retry_after), because its policy allows `limit` at most.
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
        let asked = self.retry_after().unwrap_or_default();
        self.with_note(format!(
            "not retried, because the requested wait of {asked:?} is longer than the {limit:?} that the \
             retry policy allows; call again after that time, or raise `max_retry_after`"
        ))
    }
}
