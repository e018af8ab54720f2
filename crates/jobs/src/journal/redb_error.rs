//! Errors of the database, as errors of this library.

use std::{
    any::Any,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
};

use runnable_core::{Error, ErrorKind, Result};

use crate::panic_text::panic_text;

/// Calls the database, and converts its errors. A database with damaged content can panic, so a
/// panic is an error, too.
pub(super) fn guarded<T>(action: &str, call: impl FnOnce() -> Result<T, redb::Error>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(|error| failed(action, error)),
        Err(panic) => Err(damaged(action, &*panic)),
    }
}

/// Returns the error for a failed access to the journal.
fn failed(action: &str, error: redb::Error) -> Error {
    let advice = match &error {
        redb::Error::Io(error) if is_full(error) => {
            "; free some space and run the job again to resume it"
        }
        redb::Error::Io(_) | redb::Error::PreviousIo => {
            "; check the disk and run the job again to resume it"
        }
        redb::Error::Corrupted(_) => "; the journal is damaged: restore its folder from a copy",
        _ => "",
    };
    let message = format!("failed to {action} the journal of the job: {error}{advice}");
    Error::new(ErrorKind::Other, message).with_source(error)
}

/// Returns the error for a database that has panicked, because its content makes no sense.
fn damaged(action: &str, panic: &(dyn Any + Send)) -> Error {
    let text = panic_text(panic).unwrap_or("unknown panic").lines().next().unwrap_or_default();
    let message = format!(
        "failed to {action} the journal of the job: its content is damaged ({text}); restore its \
         folder from a copy"
    );
    Error::new(ErrorKind::Other, message)
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
