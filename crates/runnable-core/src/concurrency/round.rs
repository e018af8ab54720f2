//! A round: one poll of the outermost run on a thread, and what is left alone in it.

use std::{
    pin::Pin,
    sync::Arc,
    task::{self, Poll},
};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::{
    budget::{Budget, Pool},
    driver_id::{DriverId, Entered},
};

/// Drives the nodes of a limit that are left alone, at the end of each of its rounds.
pub(crate) struct Driver {
    pool: Arc<Pool>,
    id: DriverId,
    /// It is registered with the pool.
    registered: bool,
}

impl Driver {
    /// The call that has the limit.
    pub(crate) fn root(budget: &Budget) -> Self {
        Self { pool: Arc::clone(&budget.pool), id: budget.pool.root, registered: false }
    }

    /// The outermost run of a task.
    pub(crate) fn of_task(pool: &Arc<Pool>) -> Self {
        Self { pool: Arc::clone(pool), id: DriverId::next(), registered: false }
    }

    pub(crate) fn round<T>(
        &mut self,
        task: &mut task::Context<'_>,
        poll: impl FnOnce(&mut task::Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let _entered = Entered::new(self.id, self.pool.root);
        let polled = poll(task);
        self.end_round(task, polled.is_ready());
        polled
    }

    fn end_round(&mut self, task: &task::Context<'_>, is_ready: bool) {
        let waited_for = self.pool.is_waited_for();
        // Registered before it looks: a node that is woken later wakes this.
        match waited_for && !is_ready {
            true => self.pool.add_driver(self.id, task.waker()),
            false if self.registered => self.pool.remove_driver(self.id),
            false => (),
        }
        self.registered = waited_for && !is_ready;
        if !waited_for {
            return;
        }
        // Picked first: one that is driven wakes those around it, whose handles may well be polled.
        let mut nodes = self.pool.ledger().holding_nodes();
        nodes.retain(|node| node.is_woken());
        let mut again = false;
        for node in nodes {
            // Another task has the time of one more round to poll what is its own.
            if is_ready || node.driver() == Some(self.id) || node.was_passed_over() {
                node.drive();
            } else {
                again = true;
            }
        }
        if again {
            task.waker().wake_by_ref();
        }
        let root_yields = is_ready && self.id == self.pool.root;
        self.pool.change(|ledger| {
            // The reader of the call asks for the next chunk at once, if it is like most.
            if !root_yields || ledger.queue.has_foreign() {
                ledger.end_rests();
            }
        });
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if self.registered {
            self.pool.remove_driver(self.id);
        }
    }
}

pin_project! {
    /// A call that drives the nodes of its limit, if it has one of its own.
    pub(crate) struct Rounds<F> {
        #[pin]
        call: F,
        driver: Option<Driver>,
    }
}

impl<F> Rounds<F> {
    pub(crate) fn new(budget: Option<&Budget>, call: F) -> Self {
        Self { call, driver: budget.map(Driver::root) }
    }
}

impl<F: Future> Future for Rounds<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        match this.driver {
            Some(driver) => driver.round(task, |task| this.call.poll(task)),
            None => this.call.poll(task),
        }
    }
}

impl<S: Stream> Stream for Rounds<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        match this.driver {
            Some(driver) => driver.round(task, |task| this.call.poll_next(task)),
            None => this.call.poll_next(task),
        }
    }
}
