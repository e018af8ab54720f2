//! Ends a command when the user presses Ctrl-C.

use tokio::signal;

use crate::exit::{Outcome, Result};

/// Returns the result of `work`. Drops `work` when the user presses Ctrl-C.
pub(crate) async fn until_ctrl_c(work: impl Future<Output = Result>) -> Result {
    tokio::select! {
        // The signal comes first, so that it is noticed from the beginning of the work.
        biased;
        // If the signal cannot be received, it ends the program, as it does by default.
        Ok(()) = signal::ctrl_c() => Ok(Outcome::Interrupted),
        result = work => result,
    }
}
