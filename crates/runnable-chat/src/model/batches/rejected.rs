//! [`RejectedRequest`]: a request that was not uploaded.

use runnable_core::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// A request that was not uploaded, because it cannot be sent to the service.
///
/// It is part of the [`BatchId`](super::BatchId), so that its error is one of the results of the
/// batch, also after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RejectedRequest {
    pub(super) custom_id: String,
    /// Whether another model may support the request.
    unsupported: bool,
    message: String,
}

impl RejectedRequest {
    pub(super) fn new(custom_id: String, error: &Error) -> Self {
        let unsupported = error.kind() == ErrorKind::Unsupported;
        Self { custom_id, unsupported, message: error.message() }
    }

    pub(super) fn error(&self) -> Error {
        let kind = if self.unsupported { ErrorKind::Unsupported } else { ErrorKind::InvalidInput };
        Error::new(kind, self.message.clone())
    }
}
