//! [`Queue`]: the runs that wait for a permit.

use std::{collections::BTreeMap, mem, num::NonZeroU64, task::Waker};

/// The index of the entry of a run in the ledger.
pub(crate) type Key = usize;

/// The number that a run receives when it joins the queue.
pub(crate) type Number = NonZeroU64;

/// The runs of a ledger that wait for a permit, and the wakers of runs that no longer wait.
#[derive(Default)]
pub(crate) struct Queue {
    /// The waiting runs, sorted by their numbers. The run that joined first gets the first permit.
    waiting: BTreeMap<Number, Waiting>,
    /// The number of runs that have joined so far.
    drawn: u64,
    /// The number of waiting runs that are polled by a task other than the task of the call.
    foreign: usize,
    /// Whether the queue has changed since [`take_wakers`](Queue::take_wakers) was last called.
    changed: bool,
    /// The wakers of runs that can continue. They are called after the ledger is unlocked.
    woken: Vec<Waker>,
    /// The wakers that must be dropped after the ledger is unlocked. Dropping a waker can drop a
    /// task and, with the task, runs that are in the ledger.
    spent: Vec<Waker>,
}

struct Waiting {
    key: Key,
    waker: Waker,
    /// Whether the run is polled by a task other than the task of the call.
    is_foreign: bool,
}

impl Queue {
    /// Returns the number of waiting runs.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Returns whether a waiting run is polled by a task other than the task of the call.
    pub(crate) fn has_foreign(&self) -> bool {
        self.foreign > 0
    }

    /// Returns the waiting runs, in the order in which they joined.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Number, Key)> {
        self.waiting.iter().map(|(number, waiting)| (*number, waiting.key))
    }

    /// Adds a run and returns its number. A run that waits already keeps its number.
    #[cold]
    pub(crate) fn join(
        &mut self,
        key: Key,
        number: Option<Number>,
        waker: &Waker,
        is_foreign: bool,
    ) -> Number {
        self.changed = true;
        if let Some(number) = number
            && let Some(waiting) = self.waiting.get_mut(&number)
        {
            if !waiting.waker.will_wake(waker) {
                self.spent.push(mem::replace(&mut waiting.waker, waker.clone()));
            }
            return number;
        }
        let number = Number::MIN.saturating_add(self.drawn);
        self.drawn += 1;
        self.foreign += usize::from(is_foreign);
        self.waiting.insert(number, Waiting { key, waker: waker.clone(), is_foreign });
        number
    }

    /// Removes a run and wakes it.
    #[cold]
    pub(crate) fn wake(&mut self, number: Number) {
        let waker = self.remove(number);
        self.woken.extend(waker);
    }

    /// Removes a run that does not have to be woken.
    #[cold]
    pub(crate) fn leave(&mut self, number: Number) {
        let waker = self.remove(number);
        self.spent.extend(waker);
    }

    fn remove(&mut self, number: Number) -> Option<Waker> {
        self.changed = true;
        let Waiting { waker, is_foreign, .. } = self.waiting.remove(&number)?;
        self.foreign -= usize::from(is_foreign);
        Some(waker)
    }

    /// Returns whether the queue has changed since [`take_wakers`](Queue::take_wakers) was last
    /// called.
    #[inline]
    pub(crate) fn has_changed(&self) -> bool {
        self.changed
    }

    /// Removes and returns the wakers to call and the wakers to drop, in this order. The caller
    /// must do both after the ledger is unlocked.
    pub(crate) fn take_wakers(&mut self) -> [Vec<Waker>; 2] {
        self.changed = false;
        [mem::take(&mut self.woken), mem::take(&mut self.spent)]
    }
}
