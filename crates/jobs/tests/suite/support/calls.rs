//! [`Calls`]: counts the calls of a step, by input.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use runnable_core::{Result, prelude::*};
use runnable_jobs::{JobItem, JobResult, StoredJob, journal::Journal};

/// Items whose inputs are numbers, and whose keys are `n0`, `n1` and so on.
pub(crate) fn numbers(count: u64) -> Vec<JobItem<u64>> {
    (0..count).map(|number| JobItem::new(format!("n{number}"), number)).collect()
}

pub(crate) fn keys(count: u64) -> Vec<String> {
    (0..count).map(|number| format!("n{number}")).collect()
}

/// Returns all results in a journal.
pub(crate) async fn results(journal: impl Journal) -> Result<Vec<JobResult>> {
    let mut stream = StoredJob::with_journal(journal).results();
    let mut results = Vec::new();
    while let Some(result) = stream.next().await.transpose()? {
        results.push(result);
    }
    Ok(results)
}

/// Counts the calls of a step, by input.
#[derive(Clone, Default)]
pub(crate) struct Calls {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    started: BTreeMap<u64, u32>,
    open: usize,
    most_open: usize,
}

/// A call that is under way.
struct Open(Calls);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.state().open -= 1;
    }
}

impl Calls {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a step that doubles a number. Each call yields `waits(number)` times to the
    /// task. With `u64::MAX`, it never ends.
    pub(crate) fn step<F: Fn(u64) -> u64 + Clone + Send + Sync + 'static>(
        &self,
        waits: F,
    ) -> impl Runnable<Input = u64, Output = u64> + use<F> {
        let calls = self.clone();
        async_lambda(move |number: u64, _| {
            let (calls, mut left) = (calls.clone(), waits(number));
            async move {
                let open = calls.begin(number);
                poll_fn(|task| match left {
                    0 => Poll::Ready(()),
                    u64::MAX => Poll::Pending,
                    _ => {
                        left -= 1;
                        task.waker().wake_by_ref();
                        Poll::Pending
                    }
                })
                .await;
                drop(open);
                Ok(number * 2)
            }
        })
    }

    fn begin(&self, number: u64) -> Open {
        let mut state = self.state();
        *state.started.entry(number).or_default() += 1;
        state.open += 1;
        state.most_open = state.most_open.max(state.open);
        Open(self.clone())
    }

    /// Returns the number of calls.
    pub(crate) fn total(&self) -> u64 {
        self.state().started.values().map(|calls| u64::from(*calls)).sum()
    }

    /// Returns the number of calls with this input.
    pub(crate) fn of(&self, number: u64) -> u32 {
        self.state().started.get(&number).copied().unwrap_or_default()
    }

    /// Returns the number of calls that are under way.
    pub(crate) fn open(&self) -> usize {
        self.state().open
    }

    /// Returns the largest number of calls that were under way at once.
    pub(crate) fn most_open(&self) -> usize {
        self.state().most_open
    }
}
