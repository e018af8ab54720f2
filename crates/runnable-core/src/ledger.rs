//! The permits of a limit: which runs hold them, and which wait for one.

use std::{
    collections::BTreeMap,
    mem,
    sync::{Arc, Weak},
    task::Waker,
};

use crate::{limit::Limit, node::Driven};

/// The place of a run in the ledger.
pub(crate) type Key = usize;

/// A run in the ledger.
///
/// A run *counts* if it has its whole input. A run that counts and is polled on has a permit, unless
/// something inside it is at work or waits; then it holds none.
struct Entry {
    /// The nearest run around it.
    parent: Option<Key>,
    limit: Arc<Limit>,
    /// What is to be polled so that this run is polled.
    node: Option<Weak<dyn Driven>>,
    phase: Phase,
    /// Where it stands among the holders, if it has a permit.
    held_at: Option<usize>,
    /// It yielded a chunk, and keeps its permit until the end of the round in case its reader asks for
    /// the next at once.
    idle: bool,
    /// How many of the runs that it called are at work, or wait to be.
    inner: usize,
    /// The run that counts this one as such.
    counted_by: Option<Key>,
    /// Its number in the queue, what wakes it, and whether another task polls it than the call's.
    waits: Option<(u64, Waker, bool)>,
    /// It is being polled just now.
    polled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// It takes chunks. It does not count.
    Growing,
    /// It needs a permit before it is polled on.
    Resting,
    Working,
    Ended,
}

/// The runs of a call that has a limit. See [`budget`](crate::budget) for the rules.
///
/// After every change, no run waits for permits that are free.
pub(crate) struct Ledger {
    entries: Vec<Option<Entry>>,
    vacant: Vec<Key>,
    /// The outermost limit, which holds for every run.
    limit: Arc<Limit>,
    holders: Vec<Key>,
    /// By the number that they drew, so that the first come is the first served.
    queue: BTreeMap<u64, Key>,
    drawn: u64,
    foreign: usize,
    /// The wakers of runs that may go on, to be called when the ledger is unlocked.
    woken: Vec<Waker>,
    /// Wakers to be dropped then, since that may drop any task and, with it, runs of this ledger.
    spent: Vec<Waker>,
}

impl Ledger {
    pub(crate) fn new(limit: Arc<Limit>) -> Self {
        Self {
            entries: Vec::new(),
            vacant: Vec::new(),
            limit,
            holders: Vec::new(),
            queue: BTreeMap::new(),
            drawn: 0,
            foreign: 0,
            woken: Vec::new(),
            spent: Vec::new(),
        }
    }

    /// Enters a run, which counts from now on if it has its whole input.
    pub(crate) fn enter(
        &mut self,
        parent: Option<Key>,
        limit: Arc<Limit>,
        node: Option<Weak<dyn Driven>>,
        has_whole_input: bool,
    ) -> Key {
        let entry = Entry {
            parent,
            limit,
            node,
            phase: if has_whole_input { Phase::Resting } else { Phase::Growing },
            held_at: None,
            idle: false,
            inner: 0,
            counted_by: None,
            waits: None,
            polled: false,
        };
        match self.vacant.pop() {
            Some(key) => {
                self.entries[key] = Some(entry);
                key
            }
            None => {
                self.entries.push(Some(entry));
                self.entries.len() - 1
            }
        }
    }

    /// The run has its whole input: from now on it counts.
    pub(crate) fn begin(&mut self, key: Key) {
        let entry = self.entry(key);
        if entry.phase == Phase::Growing {
            entry.phase = Phase::Resting;
        }
    }

    /// Whether the run may be polled on. If not, it waits, and `waker` is called when it may.
    pub(crate) fn ask(&mut self, key: Key, waker: &Waker, is_foreign: bool) -> bool {
        if self.entry(key).phase != Phase::Resting {
            self.entry(key).polled = true;
            return true;
        }
        let caller = self.count_in(key);
        let goes_on = if self.entry(key).inner > 0 {
            // With something at work inside, neither has a permit.
            for key in caller.into_iter().chain([key]) {
                self.release(key);
            }
            true
        } else {
            // What the caller has is for the run that it called, before others get it.
            caller.is_some_and(|caller| self.hand_over(caller, key))
                || self.entry(key).held_at.is_some()
                || self.take(key)
        };
        if goes_on {
            self.stop_waiting(key);
            let entry = self.entry(key);
            (entry.phase, entry.idle, entry.polled) = (Phase::Working, false, true);
        } else {
            self.join_queue(key, waker, is_foreign);
        }
        self.serve();
        goes_on
    }

    /// The poll of the run is over.
    pub(crate) fn pause(&mut self, key: Key) {
        self.entry(key).polled = false;
    }

    /// The run yielded a chunk: until it is polled for the next, it does not work.
    pub(crate) fn rest(&mut self, key: Key) {
        let entry = self.entry(key);
        entry.polled = false;
        if entry.phase != Phase::Working {
            return;
        }
        let (holds, caller) = (entry.held_at.is_some(), entry.counted_by);
        let caller_goes_on = caller.is_some_and(|caller| {
            let caller = self.entry(caller);
            caller.inner == 1 && caller.polled && caller.phase == Phase::Working
        });
        if holds && !caller_goes_on {
            let entry = self.entry(key);
            (entry.phase, entry.idle) = (Phase::Resting, true);
        } else {
            self.leave(key, Phase::Resting);
            self.serve();
        }
    }

    /// Takes the permits back that runs kept after a chunk.
    pub(crate) fn end_rests(&mut self) {
        let idle = |key: &&Key| self.entries[**key].as_ref().is_some_and(|entry| entry.idle);
        let idle: Vec<Key> = self.holders.iter().filter(idle).copied().collect();
        idle.into_iter().for_each(|key| self.leave(key, Phase::Resting));
        self.serve();
    }

    /// The run is over, or was dropped.
    pub(crate) fn end(&mut self, key: Key) {
        if self.entry(key).phase != Phase::Ended {
            self.leave(key, Phase::Ended);
            self.serve();
        }
    }

    /// Forgets a run that has ended: nothing that it called is left.
    pub(crate) fn remove(&mut self, key: Key) {
        self.end(key);
        self.entries[key] = None;
        self.vacant.push(key);
    }

    /// The run that `key` is part of waits for something that is not work, so it has no permit, and
    /// gets none back, until [`come_back`](Self::come_back) is called for the run that this returns.
    pub(crate) fn step_aside(&mut self, key: Key) -> Option<Key> {
        let waits = self.counting(Some(key))?;
        self.release(waits);
        self.entry(waits).inner += 1;
        self.serve();
        Some(waits)
    }

    /// Whether the run needs a permit now, because nothing inside it works or waits any more.
    pub(crate) fn come_back(&mut self, key: Key) -> bool {
        let entry = self.entry(key);
        entry.inner -= 1;
        if entry.inner == 0 && entry.phase == Phase::Working && entry.held_at.is_none() {
            entry.phase = Phase::Resting;
        }
        entry.phase == Phase::Resting
    }

    /// Whether the run is being polled, though it needs a permit to be.
    pub(crate) fn must_ask(&mut self, key: Key) -> bool {
        let entry = self.entry(key);
        entry.polled && entry.phase == Phase::Resting
    }

    /// How many runs wait for a permit.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Whether a run waits that a task of its own polls.
    pub(crate) fn foreign_waits(&self) -> bool {
        self.foreign > 0
    }

    /// The nodes of the runs that have a permit.
    pub(crate) fn holding_nodes(&self) -> impl Iterator<Item = Arc<dyn Driven>> {
        let entries = self.holders.iter().filter_map(|key| self.entries[*key].as_ref());
        entries.filter_map(|entry| entry.node.as_ref()?.upgrade())
    }

    pub(crate) fn has_wakers(&self) -> bool {
        !self.woken.is_empty() || !self.spent.is_empty()
    }

    /// The wakers to call, and those to drop, when the ledger is unlocked.
    pub(crate) fn take_wakers(&mut self) -> [Vec<Waker>; 2] {
        [mem::take(&mut self.woken), mem::take(&mut self.spent)]
    }

    fn entry(&mut self, key: Key) -> &mut Entry {
        self.entries[key]
            .as_mut()
            .expect("a lease keeps the entries of its run and those around it")
    }

    /// The run itself if it counts, else the nearest around it that does.
    fn counting(&mut self, mut key: Option<Key>) -> Option<Key> {
        while let Some(found) = key {
            match self.entry(found).phase {
                Phase::Growing => key = self.entry(found).parent,
                Phase::Resting | Phase::Working => return key,
                Phase::Ended => return None,
            }
        }
        None
    }

    /// Counts a run among those at work inside the run that called it.
    fn count_in(&mut self, key: Key) -> Option<Key> {
        let Entry { parent, counted_by, .. } = *self.entry(key);
        if counted_by.is_some() {
            return counted_by;
        }
        let caller = self.counting(parent)?;
        self.entry(key).counted_by = Some(caller);
        self.entry(caller).inner += 1;
        // With something at work inside, it need not wait itself.
        if let Some(waker) = self.leave_queue(caller) {
            self.woken.push(waker);
        }
        Some(caller)
    }

    /// The run is not at work any more: its permit goes back to the run that called it, if that goes on
    /// now, and else becomes free. A caller that is not polled just now may be one that never is again.
    fn leave(&mut self, key: Key, to: Phase) {
        self.stop_waiting(key);
        let entry = self.entry(key);
        entry.phase = to;
        if let Some(caller) = entry.counted_by.take() {
            let entry = self.entry(caller);
            entry.inner -= 1;
            if entry.inner == 0 && entry.phase == Phase::Working && entry.held_at.is_none() {
                let goes_on = entry.polled && self.hand_over(key, caller);
                if !goes_on {
                    self.entry(caller).phase = Phase::Resting;
                }
            }
        }
        self.release(key);
    }

    /// Hands the permit of one run, if it has one, to another, if that is then one for all its limits.
    /// Otherwise the permit becomes free.
    fn hand_over(&mut self, from: Key, to: Key) -> bool {
        let limit = Arc::as_ptr(&self.entry(to).limit);
        let (same, has) = (limit == Arc::as_ptr(&self.entry(from).limit), self.entry(to).held_at);
        if !same || has.is_some() {
            return self.release(from) && has.is_none() && self.take(to);
        }
        let entry = self.entry(from);
        entry.idle = false;
        let Some(place) = entry.held_at.take() else {
            return false;
        };
        self.entry(to).held_at = Some(place);
        self.holders[place] = to;
        true
    }

    fn take(&mut self, key: Key) -> bool {
        let place = self.holders.len();
        let entry = self.entry(key);
        if !entry.limit.has_free() {
            return false;
        }
        entry.limit.take();
        entry.held_at = Some(place);
        self.holders.push(key);
        true
    }

    fn release(&mut self, key: Key) -> bool {
        let entry = self.entry(key);
        entry.idle = false;
        let Some(place) = entry.held_at.take() else {
            return false;
        };
        entry.limit.give_back();
        self.holders.swap_remove(place);
        if let Some(moved) = self.holders.get(place).copied() {
            self.entry(moved).held_at = Some(place);
        }
        true
    }

    fn join_queue(&mut self, key: Key, waker: &Waker, is_foreign: bool) {
        let entry = self.entries[key].as_mut();
        if let Some((_, current, _)) = entry.and_then(|entry| entry.waits.as_mut()) {
            if !current.will_wake(waker) {
                self.spent.push(mem::replace(current, waker.clone()));
            }
            return;
        }
        self.drawn += 1;
        let number = self.drawn;
        self.entry(key).waits = Some((number, waker.clone(), is_foreign));
        self.queue.insert(number, key);
        self.foreign += usize::from(is_foreign);
    }

    fn stop_waiting(&mut self, key: Key) {
        let waker = self.leave_queue(key);
        self.spent.extend(waker);
    }

    fn leave_queue(&mut self, key: Key) -> Option<Waker> {
        let (number, waker, is_foreign) = self.entry(key).waits.take()?;
        self.queue.remove(&number);
        self.foreign -= usize::from(is_foreign);
        Some(waker)
    }

    /// Gives free permits to the runs that wait, the first come first.
    fn serve(&mut self) {
        while !self.queue.is_empty() && self.limit.has_free() {
            let fits =
                |key: &Key| self.entries[*key].as_ref().is_some_and(|entry| entry.limit.has_free());
            let Some(next) = self.queue.values().copied().find(fits) else {
                return;
            };
            self.take(next);
            if let Some(waker) = self.leave_queue(next) {
                self.woken.push(waker);
            }
        }
    }
}
