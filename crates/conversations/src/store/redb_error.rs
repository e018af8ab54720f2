//! Errors of the database, as errors of this library.

use std::path::Path;

use redb::DatabaseError;
use runnable_core::{BoxError, Error, ErrorKind};

/// Returns the error for a failed access to a conversation.
pub(super) fn failed(action: &str, key: &str, error: BoxError) -> Error {
    let message = format!("failed to {action} the conversation `{key}`: {error}");
    Error::new(ErrorKind::Other, message).with_source(error)
}

/// Returns the error for a database file that cannot be opened.
pub(super) fn not_opened(path: &Path, error: DatabaseError) -> Error {
    let advice = match &error {
        DatabaseError::DatabaseAlreadyOpen => {
            "; a file can be open once: close the other program, or share one `RedbStore`"
        }
        _ => "",
    };
    let message =
        format!("failed to open the conversations in `{}`: {error}{advice}", path.display());
    Error::new(ErrorKind::Other, message).with_source(error)
}

/// Returns the error for a thread of a store that has ended, because of a panic in the database.
pub(super) fn stopped() -> BoxError {
    "the thread of the database has stopped; open the file again".into()
}
