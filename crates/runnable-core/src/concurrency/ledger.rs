//! The permits of a limit: which runs hold them, and which wait for one.

use std::{
    collections::HashSet,
    sync::{Arc, Weak},
    task::Waker,
};

use super::{
    driven::Driven,
    limit::Limit,
    queue::{Key, Number, Queue},
};

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
    /// Its number in the queue, if it waits.
    waits: Option<Number>,
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

/// The runs of a call that has a limit. See [`budget`](crate::concurrency::budget) for the rules.
///
/// After every change, no run waits for permits that are free.
pub(crate) struct Ledger {
    entries: Vec<Entry>,
    /// The entries of runs that are forgotten.
    vacant: Vec<Key>,
    /// The outermost limit, which holds for every run.
    limit: Arc<Limit>,
    holders: Vec<Key>,
    pub(crate) queue: Queue,
}

impl Ledger {
    pub(crate) fn new(limit: Arc<Limit>) -> Self {
        Self {
            entries: Vec::new(),
            vacant: Vec::new(),
            limit,
            holders: Vec::new(),
            queue: Queue::default(),
        }
    }

    /// Enters a run, which counts from now on if it has its whole input.
    #[inline]
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
                self.entries[key] = entry;
                key
            }
            None => {
                self.entries.push(entry);
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
        let entry = self.entry(key);
        if entry.phase != Phase::Resting {
            entry.polled = true;
            return true;
        }
        let caller = self.count_in(key);
        let entry = self.entry(key);
        let (has_inner, holds) = (entry.inner > 0, entry.held_at.is_some());
        let goes_on = if has_inner {
            // With something at work inside, neither has a permit.
            for key in caller.into_iter().chain([key]) {
                self.release(key);
            }
            true
        } else {
            // What the caller has is for the run that it called, before others get it.
            caller.is_some_and(|caller| self.hand_over(caller, key)) || holds || self.take(key)
        };
        if goes_on {
            let entry = self.entry(key);
            (entry.phase, entry.idle, entry.polled) = (Phase::Working, false, true);
            if let Some(number) = entry.waits.take() {
                self.queue.leave(number);
            }
        } else {
            let number = self.queue.join(key, self.entries[key].waits, waker, is_foreign);
            self.entry(key).waits = Some(number);
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
        let idle = |key: &&Key| self.entries[**key].idle;
        let idle: Vec<Key> = self.holders.iter().filter(idle).copied().collect();
        idle.into_iter().for_each(|key| self.leave(key, Phase::Resting));
        self.serve();
    }

    /// The run is over, or was dropped.
    #[inline]
    pub(crate) fn end(&mut self, key: Key) {
        if self.entry(key).phase != Phase::Ended {
            self.leave(key, Phase::Ended);
            self.serve();
        }
    }

    /// Forgets a run that has ended: nothing that it called is left.
    #[inline]
    pub(crate) fn remove(&mut self, key: Key) {
        self.end(key);
        self.entry(key).node = None;
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

    /// The nodes of the runs that have a permit, and the nodes that these are inside of: a time limit
    /// there may be what ends a run that has a permit. Each is given once.
    pub(crate) fn holding_nodes(&self) -> Vec<Arc<dyn Driven>> {
        let mut seen = HashSet::new();
        let mut nodes: Vec<Arc<dyn Driven>> = Vec::new();
        for holder in &self.holders {
            let mut next = self.entries[*holder].node.as_ref().and_then(Weak::upgrade);
            while let Some(node) = next.filter(|node| seen.insert(Arc::as_ptr(node).addr())) {
                next = node.outer();
                nodes.push(node);
            }
        }
        nodes
    }

    /// The entry of a run. A lease keeps that of its run and of those around it.
    #[inline]
    fn entry(&mut self, key: Key) -> &mut Entry {
        &mut self.entries[key]
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
        if let Some(number) = self.entry(caller).waits.take() {
            self.queue.wake(number);
        }
        Some(caller)
    }

    /// The run is not at work any more: its permit goes back to the run that called it, if that goes on
    /// now, and else becomes free. A caller that is not polled just now may be one that never is again.
    fn leave(&mut self, key: Key, to: Phase) {
        let entry = self.entry(key);
        entry.phase = to;
        let (number, caller) = (entry.waits.take(), entry.counted_by.take());
        if let Some(number) = number {
            self.queue.leave(number);
        }
        if let Some(caller) = caller {
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

    #[inline]
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

    #[inline]
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

    /// Gives free permits to the runs that wait, the first come first.
    #[inline]
    fn serve(&mut self) {
        if self.queue.len() > 0 {
            self.serve_queue();
        }
    }

    #[cold]
    fn serve_queue(&mut self) {
        while self.limit.has_free() {
            let fits = |(_, key): &(_, Key)| self.entries[*key].limit.has_free();
            let Some((number, next)) = self.queue.iter().find(fits) else {
                return;
            };
            self.take(next);
            self.entry(next).waits = None;
            self.queue.wake(number);
        }
    }
}
