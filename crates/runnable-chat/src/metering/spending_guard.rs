//! [`SpendingGuard`]: counts the models of a call, and stops them when a limit is reached.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{self, Poll, Waker},
};

use runnable_core::{Error, ErrorKind, Interest, Listener, Run, RunEvent, RunEventData};

use super::{
    ended_call::EndedCall, model_runs::ModelRuns, spending_limit::SpendingLimit,
    usage_report::reported_usage,
};

/// Counts the models of a call of a limited step. When the limit is reached, it stops them until
/// the limited step drops them.
///
/// Without the stop, a model that starts in the same poll in which the limit is reached would send
/// its request.
pub(super) struct SpendingGuard {
    limit: SpendingLimit,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// Whether the call has ended. From then on, no run is stopped. Otherwise, a run in a spawned
    /// task would never continue.
    has_ended: bool,
    /// The tasks of the runs that are stopped.
    tasks: Vec<Waker>,
}

impl SpendingGuard {
    pub(super) fn new(limit: SpendingLimit) -> Arc<Self> {
        Arc::new(Self { limit, waiting: Mutex::default() })
    }

    /// Returns the error of a call that the limit stops, or `None` if the limit is not reached.
    pub(super) fn error(&self) -> Option<Error> {
        // Reading the token is cheaper than locking the account.
        if !self.limit.account.reached().is_cancelled() {
            return None;
        }
        let reached = self.limit.account.stopped_by()?;
        Some(Error::wrap(ErrorKind::SpendingLimit, reached))
    }

    /// Waits until the limit is reached.
    pub(super) fn reached(&self) -> impl Future<Output = ()> + Send + use<> {
        self.limit.account.reached().clone().cancelled_owned()
    }

    /// Lets all runs continue, because the call has ended.
    fn end(&self) {
        let mut waiting = self.waiting();
        waiting.has_ended = true;
        let tasks = mem::take(&mut waiting.tasks);
        drop(waiting);
        tasks.into_iter().for_each(Waker::wake);
    }

    /// Returns whether runs are held, because the limit is reached.
    fn holds(&self) -> bool {
        self.limit.account.reached().is_cancelled() && !self.waiting().has_ended
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for SpendingGuard {
    fn interest(&self, run: &Run) -> Option<Interest> {
        ModelRuns::interest(run)
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        let account = &self.limit.account;
        if let RunEventData::Start { .. } = event.data {
            // A run that is held from its start sends no request, so it does not count.
            if !self.holds() {
                account.start(event.run);
            }
        } else if let Some(usage) = reported_usage(event) {
            account.report(event.run, usage);
        } else if let Some(call) =
            EndedCall::of_event(event, &self.limit.prices, || account.reported(event.run))
        {
            account.end(event.run, call);
        }
    }

    fn poll_ready(&self, cx: &mut task::Context<'_>) -> Poll<()> {
        if !self.limit.account.reached().is_cancelled() {
            return Poll::Ready(());
        }
        let mut waiting = self.waiting();
        if waiting.has_ended {
            return Poll::Ready(());
        }
        if !waiting.tasks.iter().any(|task| task.will_wake(cx.waker())) {
            waiting.tasks.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

/// Ends a guard when it is dropped.
pub(super) struct OpenGuard(pub(super) Arc<SpendingGuard>);

impl Drop for OpenGuard {
    fn drop(&mut self) {
        self.0.end();
    }
}
