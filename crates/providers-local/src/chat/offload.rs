//! Work that blocks, kept off the threads that drive async tasks.

use std::{
    panic,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use runnable_core::{Error, ErrorKind, Result};
use tokio::runtime::Handle;

/// Runs blocking work on the runtime's threads for it. Dropping the future raises the flag that
/// the work is given, so that it stops at its next look.
pub(crate) async fn offload<T: Send + 'static>(
    work: impl FnOnce(&AtomicBool) -> T + Send + 'static,
) -> Result<T> {
    let runtime = Handle::try_current().map_err(|missing| {
        let what = "a local model computes on the threads of a tokio runtime, and there is none: \
                    call it from inside one, such as below `#[tokio::main]`";
        Error::new(ErrorKind::InvalidInput, what).with_source(missing)
    })?;
    let flag = Arc::new(AtomicBool::new(false));
    let raise_when_dropped = RaiseWhenDropped(Arc::clone(&flag));
    let result = runtime.spawn_blocking(move || work(&flag)).await;
    drop(raise_when_dropped);
    result.map_err(|failure| match failure.try_into_panic() {
        Ok(payload) => panic::resume_unwind(payload),
        Err(failure) => {
            Error::new(ErrorKind::Cancelled, "the runtime is shutting down").with_source(failure)
        }
    })
}

struct RaiseWhenDropped(Arc<AtomicBool>);

impl Drop for RaiseWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
