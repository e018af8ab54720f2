//! Rounds: a round is one poll of the outermost run of a task. At its end, the run polls the
//! [nodes](crate::concurrency::node) that nothing else has polled. This is called driving the
//! nodes.

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

/// At the end of each round, polls the nodes of a limit that hold permits and that nothing else has
/// polled.
pub(crate) struct Driver {
    pool: Arc<Pool>,
    id: DriverId,
    /// Whether the driver is registered with the pool, which then wakes it when a run can continue.
    registered: bool,
}

impl Driver {
    /// Creates the outermost driver: the driver of the call on which `max_concurrency` was set.
    pub(crate) fn root(budget: &Budget) -> Self {
        Self { pool: Arc::clone(&budget.pool), id: budget.pool.root, registered: false }
    }

    /// Creates the driver of the outermost run of a task inside the call.
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
        let has_waiting_runs = self.pool.is_waited_for();
        // Register before the nodes are inspected, so that a node that is woken later wakes this
        // driver.
        match has_waiting_runs && !is_ready {
            true => self.pool.add_driver(self.id, task.waker()),
            false if self.registered => self.pool.remove_driver(self.id),
            false => (),
        }
        self.registered = has_waiting_runs && !is_ready;
        if !has_waiting_runs {
            return;
        }
        // Select all nodes before any node is driven. A driven node wakes the nodes that enclose
        // it, and the handles of these nodes may then be polled without help.
        let mut nodes = self.pool.ledger().holding_nodes();
        nodes.retain(|node| node.is_woken());
        let mut again = false;
        for node in nodes {
            // Give the task that polls the handle of a node one more round, so that the task can
            // poll the node itself.
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
            // If the call itself yields a chunk and no other task waits, runs keep their permits,
            // because most readers poll for the next chunk immediately.
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
    /// Polls a call that sets the outermost limit, and drives the nodes of that limit.
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
