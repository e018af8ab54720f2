//! [`BatchError`]: the reason why a request of a batch has no answer.

use std::{error, fmt};

use runnable_core::{Error, ErrorKind};

/// The reason why a request of a batch was not answered, although the request itself is valid.
///
/// It is the [source](Error::downcast_ref) of the error of the request:
///
/// ```
/// use runnable_chat::batch_api::BatchError;
/// use runnable_core::Error;
///
/// fn is_expired(error: &Error) -> bool {
///     matches!(error.downcast_ref::<BatchError>(), Some(BatchError::Expired))
/// }
///
/// assert!(is_expired(&BatchError::Expired.into_error()));
/// ```
///
/// If the service answered a request with an error, such as an error for an input that is too
/// long, the source of the error is the error of the service instead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchError {
    /// The time of the batch was over before the service answered the request. Nothing was charged
    /// for it, and a new attempt can succeed. The kind of the error is
    /// [`Unavailable`](ErrorKind::Unavailable).
    Expired,
    /// The batch was cancelled before the service answered the request. The kind of the error is
    /// [`Cancelled`](ErrorKind::Cancelled).
    Cancelled,
    /// The service rejected the part of the batch that contains the request, or failed to process
    /// it. The kind of the error is the kind of the service's error, or
    /// [`InvalidRequest`](ErrorKind::InvalidRequest).
    Failed {
        /// The service's explanation.
        message: String,
    },
    /// The part has ended, and the service returned neither an answer nor an error for the
    /// request. The kind of the error is [`Unavailable`](ErrorKind::Unavailable).
    Missing,
    /// The part of the batch that contains the request was never submitted, because the program
    /// ended before, or because the submission failed. The kind of the error is
    /// [`Unavailable`](ErrorKind::Unavailable).
    NotSubmitted,
}

impl BatchError {
    /// Converts this reason into an [`Error`] whose source it is.
    pub fn into_error(self) -> Error {
        let kind = match &self {
            Self::Expired | Self::Missing | Self::NotSubmitted => ErrorKind::Unavailable,
            Self::Cancelled => ErrorKind::Cancelled,
            Self::Failed { .. } => ErrorKind::InvalidRequest,
        };
        Error::wrap(kind, self)
    }
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired => {
                f.write_str("the batch expired before the service answered this request")
            }
            Self::Cancelled => {
                f.write_str("the batch was cancelled before the service answered this request")
            }
            Self::Failed { message } => write!(f, "the service rejected the batch: {message}"),
            Self::Missing => f.write_str("the results of the batch do not contain this request"),
            Self::NotSubmitted => {
                f.write_str("the part of the batch with this request was not submitted")
            }
        }
    }
}

impl error::Error for BatchError {}
