//! The runs that wait for a permit.

use std::{collections::BTreeMap, mem, num::NonZeroU64, task::Waker};

/// The place of a run in the ledger.
pub(crate) type Key = usize;

/// The number that a run drew when it joined the queue.
pub(crate) type Number = NonZeroU64;

/// The runs of a ledger that wait for a permit, and the wakers that are left of those that do not any
/// more.
#[derive(Default)]
pub(crate) struct Queue {
    /// By their numbers, so that the first come is the first served.
    waiting: BTreeMap<Number, Waiting>,
    drawn: u64,
    foreign: usize,
    /// Something here has changed since the wakers were taken last.
    changed: bool,
    /// The wakers of runs that may go on, to be called when the ledger is unlocked.
    woken: Vec<Waker>,
    /// Wakers to be dropped then, since that may drop any task and, with it, runs of the ledger.
    spent: Vec<Waker>,
}

struct Waiting {
    key: Key,
    waker: Waker,
    /// Another task polls it than the call's.
    is_foreign: bool,
}

impl Queue {
    /// How many runs wait.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether a run waits that a task of its own polls.
    pub(crate) fn has_foreign(&self) -> bool {
        self.foreign > 0
    }

    /// The runs that wait, the first come first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Number, Key)> {
        self.waiting.iter().map(|(number, waiting)| (*number, waiting.key))
    }

    /// Adds a run, or keeps the place of one that waits already. Returns its number.
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

    /// Removes a run that need not be woken.
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

    /// Whether there may be wakers to take, or other runs wait than when they were taken last.
    #[inline]
    pub(crate) fn has_changed(&self) -> bool {
        self.changed
    }

    /// The wakers to call, and those to drop, when the ledger is unlocked.
    pub(crate) fn take_wakers(&mut self) -> [Vec<Waker>; 2] {
        self.changed = false;
        [mem::take(&mut self.woken), mem::take(&mut self.spent)]
    }
}
