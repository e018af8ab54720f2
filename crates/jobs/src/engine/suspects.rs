//! [`Suspects`]: items that were in flight when the process ended, and may be the cause.

use std::collections::{HashMap, VecDeque};

use super::starting::Starting;

/// Items that were in flight when the process ended. One of them may be the cause.
///
/// After each crash, fewer of them run at once, so that a further crash leaves fewer of them. An
/// item that fails at the next crash runs alone, with no other item at all. So an item fails only
/// if the process ends while no other item runs.
pub(super) struct Suspects<T> {
    waiting: VecDeque<Starting<T>>,
    /// The items that must run alone.
    alone: VecDeque<Starting<T>>,
    /// How many suspects may run at once beside each of the running suspects, by index.
    running: HashMap<u64, usize>,
    /// The index of the item that runs alone.
    running_alone: Option<u64>,
    max_concurrency: usize,
    max_crashes: u32,
}

impl<T> Suspects<T> {
    pub(super) fn new(max_concurrency: usize, max_crashes: u32) -> Self {
        Self {
            waiting: VecDeque::new(),
            alone: VecDeque::new(),
            running: HashMap::new(),
            running_alone: None,
            max_concurrency,
            max_crashes: max_crashes.max(1),
        }
    }

    /// Keeps an item if it is a suspect, or returns it.
    pub(super) fn keep(&mut self, item: Starting<T>) -> Option<Starting<T>> {
        match item.item.crashes {
            0 => return Some(item),
            crashes if crashes + 1 >= self.max_crashes => self.alone.push_back(item),
            _ => self.waiting.push_back(item),
        }
        None
    }

    /// Returns the number of items that wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.alone.len()
    }

    /// Returns whether no other item may start, because an item runs alone or waits for that.
    pub(super) fn needs_all(&self) -> bool {
        self.running_alone.is_some() || !self.alone.is_empty()
    }

    /// Returns the next item that may start. `is_idle` is whether no item runs.
    pub(super) fn next(&mut self, is_idle: bool) -> Option<Starting<T>> {
        if self.needs_all() {
            if !is_idle || self.running_alone.is_some() {
                return None;
            }
            let item = self.alone.pop_front()?;
            self.running_alone = Some(item.item.index);
            return Some(item);
        }
        let limit = self.limit(self.waiting.front()?.item.crashes);
        let most = self.running.values().copied().fold(limit, usize::min);
        if self.running.len() >= most {
            return None;
        }
        let item = self.waiting.pop_front()?;
        self.running.insert(item.item.index, limit);
        Some(item)
    }

    /// Records that the call of an item has ended.
    pub(super) fn ended(&mut self, index: u64) {
        self.running.remove(&index);
        if self.running_alone == Some(index) {
            self.running_alone = None;
        }
    }

    /// Returns how many suspects may run at once after a number of crashes. If three are allowed, this
    /// is the square root of the limit of the job after the first.
    fn limit(&self, crashes: u32) -> usize {
        let most = f64::from(self.max_crashes - 1);
        let share = (most - f64::from(crashes)) / most;
        (self.max_concurrency as f64).powf(share).ceil().max(1.0) as usize
    }
}
