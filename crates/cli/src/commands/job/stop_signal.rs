//! [`StopSignal`]: a request from outside to stop a job.

use std::future::pending;

use tokio::signal;

use crate::exit::Outcome;

/// A request from outside to stop a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StopSignal {
    CtrlC,
    /// Another program, such as a service manager, ends this program.
    Terminate,
}

impl StopSignal {
    /// Waits for the next signal. If a signal cannot be received, it ends the program, as it does by
    /// default.
    pub(super) async fn received() -> Self {
        let ctrl_c = async {
            if signal::ctrl_c().await.is_err() {
                pending::<()>().await;
            }
        };
        tokio::select! {
            () = ctrl_c => Self::CtrlC,
            () = terminated() => Self::Terminate,
        }
    }

    /// Returns how the program ends after this signal.
    pub(super) fn outcome(self) -> Outcome {
        match self {
            Self::CtrlC => Outcome::Interrupted,
            Self::Terminate => Outcome::Terminated,
        }
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};

    match signal(SignalKind::terminate()) {
        Ok(mut signals) => _ = signals.recv().await,
        Err(_) => pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    pending().await
}
