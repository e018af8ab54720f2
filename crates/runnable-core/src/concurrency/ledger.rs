//! [`Ledger`]: which runs hold permits of a limit, and which runs wait for one.

use std::{
    collections::HashSet,
    iter,
    sync::{Arc, Weak},
    task::Waker,
};

use super::{
    driven::Driven,
    limit::Limit,
    queue::{Key, Number, Queue},
};

/// The entry of a run in the [`Ledger`].
///
/// A run *counts* towards the limit when its input is complete. While a run that counts is being
/// polled, it holds one permit. It holds none while a run inside it works or waits for a permit.
struct Entry {
    /// The key of the nearest enclosing run that has an entry.
    parent: Option<Key>,
    limit: Arc<Limit>,
    /// The node that polls this run. `None` if no node encloses the run.
    node: Option<Weak<dyn Driven>>,
    phase: Phase,
    /// The index of this run in [`Ledger::holders`]. `None` if it holds no permit.
    held_at: Option<usize>,
    /// Whether the run has yielded a chunk and keeps its permit until the end of the round, in case
    /// its reader polls for the next chunk immediately.
    idle: bool,
    /// The number of runs that this run has called and that work or wait for a permit.
    inner: usize,
    /// The run whose `inner` includes this run.
    counted_by: Option<Key>,
    /// The number of this run in the queue. `None` if the run does not wait.
    waits: Option<Number>,
    /// Whether the run is being polled.
    polled: bool,
    /// The number of runs outside the call that wait for this run, which is shared work.
    guests: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The input of the run is incomplete. The run does not count.
    Growing,
    /// The run does not work, and needs a permit before it is polled again.
    Resting,
    /// The run works. It holds a permit, unless a run inside it works or waits for a permit, or the
    /// run waits for something that is not work.
    Working,
    Ended,
}

/// Records which runs of a call hold or wait for permits. The call has a limit. See
/// [`budget`](crate::concurrency::budget) for the rules.
///
/// After every change, no run waits for permits that are free.
///
/// A *guest* is a run outside the call that waits for shared work of the call. The ledger does not
/// know for what a guest is needed: a run that holds a permit may wait for it. Therefore the work
/// and the runs inside it do not wait for permits while they have a guest, and may exceed the limit.
pub(crate) struct Ledger {
    entries: Vec<Entry>,
    /// The indices of unused entries, which new runs reuse.
    vacant: Vec<Key>,
    /// The outermost limit, which applies to every run.
    limit: Arc<Limit>,
    /// The runs that hold permits.
    holders: Vec<Key>,
    pub(crate) queue: Queue,
    /// The number of guests of all runs.
    guests: usize,
    /// Whether a run has lost its permit while it was being polled. It must request a permit before
    /// it continues: see [`must_ask`](Self::must_ask).
    pub(crate) has_lost_permits: bool,
}

impl Ledger {
    pub(crate) fn new(limit: Arc<Limit>) -> Self {
        Self {
            entries: Vec::new(),
            vacant: Vec::new(),
            limit,
            holders: Vec::new(),
            queue: Queue::default(),
            guests: 0,
            has_lost_permits: false,
        }
    }

    /// Adds a run and returns its key. The run counts immediately if its input is complete.
    #[inline]
    pub(crate) fn enter(
        &mut self,
        parent: Option<Key>,
        limit: Arc<Limit>,
        node: Option<Weak<dyn Driven>>,
        is_input_complete: bool,
    ) -> Key {
        let entry = Entry {
            parent,
            limit,
            node,
            phase: if is_input_complete { Phase::Resting } else { Phase::Growing },
            held_at: None,
            idle: false,
            inner: 0,
            counted_by: None,
            waits: None,
            polled: false,
            guests: 0,
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

    /// Records that the input of the run is complete, so that the run counts.
    pub(crate) fn begin(&mut self, key: Key) {
        let entry = self.entry(key);
        if entry.phase == Phase::Growing {
            entry.phase = Phase::Resting;
        }
    }

    /// Returns whether the run may be polled. If not, the run joins the queue, and the ledger wakes
    /// `waker` when the run may continue.
    ///
    /// `is_foreign` is `true` if the run is polled by a task other than the task of the call.
    pub(crate) fn ask(&mut self, key: Key, waker: &Waker, is_foreign: bool) -> bool {
        let entry = self.entry(key);
        if entry.phase != Phase::Resting {
            entry.polled = true;
            return true;
        }
        let caller = self.count_in(key);
        let entry = self.entry(key);
        let (has_inner, holds) = (entry.inner > 0, entry.held_at.is_some());
        let continues = if has_inner {
            // While a run inside this run works or waits, neither this run nor its caller holds a
            // permit.
            for key in caller.into_iter().chain([key]) {
                self.release(key);
            }
            true
        } else {
            // The run takes over the permit of its caller before other runs can get it.
            caller.is_some_and(|caller| self.hand_over(caller, key)) || holds || self.take(key)
        };
        if continues {
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
        continues
    }

    /// Records that the poll of the run has ended.
    pub(crate) fn pause(&mut self, key: Key) {
        self.entry(key).polled = false;
    }

    /// Records that the run has yielded a chunk. The run does not work until it is polled for the
    /// next chunk.
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

    /// Ends the grace time of runs that kept their permits after they yielded a chunk: releases
    /// these permits.
    pub(crate) fn end_rests(&mut self) {
        let idle = |key: &&Key| self.entries[**key].idle;
        let idle: Vec<Key> = self.holders.iter().filter(idle).copied().collect();
        idle.into_iter().for_each(|key| self.leave(key, Phase::Resting));
        self.serve();
    }

    /// Records that the run has ended or was dropped.
    #[inline]
    pub(crate) fn end(&mut self, key: Key) {
        if self.entry(key).phase != Phase::Ended {
            self.leave(key, Phase::Ended);
            self.serve();
        }
    }

    /// Removes a run that has ended. At this time, all runs that it called have been removed.
    #[inline]
    pub(crate) fn remove(&mut self, key: Key) {
        self.end(key);
        self.entry(key).node = None;
        self.vacant.push(key);
    }

    /// Makes a run wait for something that is not work. The run is `key` if it counts, or else the
    /// nearest enclosing run that counts. This releases the permit of the run.
    ///
    /// Returns the run. The run gets no permit until [`come_back`](Self::come_back) is called for
    /// it.
    pub(crate) fn step_aside(&mut self, key: Key) -> Option<Key> {
        let waits = self.counting(Some(key))?;
        self.release(waits);
        self.entry(waits).inner += 1;
        self.serve();
        Some(waits)
    }

    /// Ends the wait of a run. Returns whether the run now needs a permit, because no run inside it
    /// works or waits for one.
    pub(crate) fn come_back(&mut self, key: Key) -> bool {
        let entry = self.entry(key);
        entry.inner -= 1;
        if entry.inner == 0 && entry.phase == Phase::Working && entry.held_at.is_none() {
            self.lose_permit(key);
        }
        self.entry(key).phase == Phase::Resting
    }

    /// Records that a run needs a permit before it works again, because the permit of the run inside
    /// it did not come back.
    fn lose_permit(&mut self, key: Key) {
        let entry = self.entry(key);
        entry.phase = Phase::Resting;
        self.has_lost_permits |= entry.polled;
    }

    /// Records that a run outside the call waits for this run, which is shared work.
    ///
    /// From now on, neither this run nor the runs inside it wait for permits of the limits that
    /// enclose this run.
    pub(crate) fn add_guest(&mut self, key: Key) {
        self.guests += 1;
        self.entry(key).guests += 1;
        let waiting: Vec<_> = self.queue.iter().collect();
        for (number, waits) in waiting {
            let mut around = iter::successors(Some(waits), |key| self.entries[*key].parent);
            if around.any(|around| around == key) {
                self.entry(waits).waits = None;
                self.queue.wake(number);
            }
        }
    }

    /// Records that a guest no longer waits for this run.
    pub(crate) fn remove_guest(&mut self, key: Key) {
        self.guests -= 1;
        self.entry(key).guests -= 1;
    }

    /// Returns whether the run is being polled although it must first request a permit.
    pub(crate) fn must_ask(&mut self, key: Key) -> bool {
        let entry = self.entry(key);
        entry.polled && entry.phase == Phase::Resting
    }

    /// Returns the nodes of the runs that hold permits, and the nodes that enclose these nodes,
    /// each once. The enclosing nodes are included because a time limit in one of them may have to
    /// end the run that holds a permit.
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

    /// Returns the entry of a run. The entry exists, because the lease of a run keeps the entries
    /// of the run and of its enclosing runs.
    #[inline]
    fn entry(&mut self, key: Key) -> &mut Entry {
        &mut self.entries[key]
    }

    /// Returns the run itself if it counts. Otherwise returns the nearest enclosing run that
    /// counts.
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

    /// Adds a run to the `inner` runs of its caller, and returns the caller.
    fn count_in(&mut self, key: Key) -> Option<Key> {
        let Entry { parent, counted_by, .. } = *self.entry(key);
        if counted_by.is_some() {
            return counted_by;
        }
        let caller = self.counting(parent)?;
        self.entry(key).counted_by = Some(caller);
        self.entry(caller).inner += 1;
        // The caller must not wait while a run inside it works or waits, so wake the caller.
        if let Some(number) = self.entry(caller).waits.take() {
            self.queue.wake(number);
        }
        Some(caller)
    }

    /// Records that the run no longer works, and moves it to the phase `to`.
    ///
    /// The permit of the run goes back to its caller if the caller continues now. Otherwise the
    /// permit becomes free, because a caller that is not being polled may never be polled again.
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
                let continues = entry.polled && self.hand_over(key, caller);
                if !continues {
                    self.lose_permit(caller);
                }
            }
        }
        self.release(key);
    }

    /// Hands the permit of one run to another run. Returns whether the other run has acquired its
    /// permits in this way.
    ///
    /// If the other run holds a permit already, or has other limits, the permit becomes free
    /// instead. If the other run has other limits, it then acquires permits of these limits, if
    /// they are free.
    fn hand_over(&mut self, from: Key, to: Key) -> bool {
        let limit = Arc::as_ptr(&self.entry(to).limit);
        let (has_same_limit, held_at) =
            (limit == Arc::as_ptr(&self.entry(from).limit), self.entry(to).held_at);
        if !has_same_limit || held_at.is_some() {
            return self.release(from) && held_at.is_none() && self.take(to);
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

    /// Returns whether the run can get its permits now.
    #[inline]
    fn has_room(&self, key: Key) -> bool {
        self.entries[key].limit.has_free() || (self.guests > 0 && self.has_room_by_guests(key))
    }

    /// Returns whether the run can get its permits now because guests wait for it or for a run that
    /// encloses it. It then exceeds the limits that enclose the run with the guests.
    #[cold]
    fn has_room_by_guests(&self, key: Key) -> bool {
        let mut around = iter::successors(Some(key), |key| self.entries[*key].parent);
        let host = around.find(|around| self.entries[*around].guests > 0);
        let limit = &self.entries[key].limit;
        host.is_some_and(|host| limit.has_free_inside(&self.entries[host].limit))
    }

    #[inline]
    fn take(&mut self, key: Key) -> bool {
        let place = self.holders.len();
        if !self.has_room(key) {
            return false;
        }
        let entry = self.entry(key);
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

    /// Gives free permits to the waiting runs, in the order in which they requested them.
    #[inline]
    fn serve(&mut self) {
        if self.queue.len() > 0 {
            self.serve_queue();
        }
    }

    #[cold]
    fn serve_queue(&mut self) {
        while self.limit.has_free() || self.guests > 0 {
            let Some((number, next)) = self.queue.iter().find(|(_, key)| self.has_room(*key))
            else {
                return;
            };
            self.take(next);
            self.entry(next).waits = None;
            self.queue.wake(number);
        }
    }
}
