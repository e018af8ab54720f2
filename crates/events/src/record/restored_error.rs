//! Creates an error from a recorded error.

use std::{error, fmt};

use runnable_core::{Error, ErrorKind, TimeoutPhase};

use super::recorded_error::RecordedError;

impl RecordedError {
    /// Creates an error with the kind, the message, the causes and the wait of this error.
    ///
    /// The path is not restored, because an error gets its path when it passes steps. Of the
    /// causes, only the messages are known. An unknown kind becomes [`ErrorKind::Other`].
    ///
    /// ```
    /// use runnable_core::{Error, ErrorKind};
    /// use runnable_events::RecordedError;
    ///
    /// let recorded = RecordedError::from(&Error::new(ErrorKind::RateLimit, "too many requests"));
    /// let error = recorded.to_error();
    /// assert_eq!(error.kind(), ErrorKind::RateLimit);
    /// assert_eq!(error.message(), "too many requests");
    /// ```
    pub fn to_error(&self) -> Error {
        let kind = ErrorKind::from_name(&self.kind).unwrap_or(ErrorKind::Other);
        let mut error = Error::new(kind, self.message.clone()).with_transient(self.transient);
        if let Some(wait) = self.retry_after {
            error = error.with_retry_after(wait);
        }
        if let Some(phase) = self.timeout_phase.as_deref().and_then(phase_of) {
            error = error.with_timeout_phase(phase);
        }
        let cause = self.causes.iter().rev().fold(None, |source, message| {
            Some(Box::new(Cause { message: message.clone(), source }))
        });
        match cause {
            Some(cause) => error.with_source(cause),
            None => error,
        }
    }
}

fn phase_of(name: &str) -> Option<TimeoutPhase> {
    Some(match name {
        "call" => TimeoutPhase::Call,
        "step" => TimeoutPhase::Step,
        "connect" => TimeoutPhase::Connect,
        "first_chunk" => TimeoutPhase::FirstChunk,
        "idle" => TimeoutPhase::Idle,
        _ => return None,
    })
}

/// A cause of a recorded error, of which only the message is known.
#[derive(Debug)]
struct Cause {
    message: String,
    source: Option<Box<Self>>,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for Cause {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn error::Error + 'static))
    }
}
