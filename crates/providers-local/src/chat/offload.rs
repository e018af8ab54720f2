//! Runs blocking work on threads that do not run async tasks.

use std::{
    panic,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use runnable_core::{Error, ErrorKind, Result};
use tokio::runtime::Handle;

/// Runs blocking work on the Tokio runtime's threads for blocking work. If the future is dropped,
/// the flag that `work` receives is set, and the work stops when it next checks the flag.
pub(crate) async fn offload<T: Send + 'static>(
    work: impl FnOnce(&AtomicBool) -> T + Send + 'static,
) -> Result<T> {
    let runtime = Handle::try_current().map_err(|missing| {
        let message = "a local model requires a Tokio runtime; call it from async code, for \
                    example under `#[tokio::main]`";
        Error::new(ErrorKind::InvalidInput, message).with_source(missing)
    })?;
    let flag = Arc::new(AtomicBool::new(false));
    let raise_when_dropped = RaiseWhenDropped(Arc::clone(&flag));
    let result = runtime.spawn_blocking(move || work(&flag)).await;
    drop(raise_when_dropped);
    result.map_err(|failure| match failure.try_into_panic() {
        Ok(payload) => panic::resume_unwind(payload),
        Err(failure) => Error::new(ErrorKind::Cancelled, "the Tokio runtime is shutting down")
            .with_source(failure),
    })
}

struct RaiseWhenDropped(Arc<AtomicBool>);

impl Drop for RaiseWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
