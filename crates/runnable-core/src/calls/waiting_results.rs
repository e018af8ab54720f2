//! [`WaitingResults`]: results that wait for the result of an earlier input.

use std::collections::VecDeque;

/// Results that have arrived before the result of an earlier input.
///
/// The list has one place for each input from the next one to the last one that has a result. So it
/// is at most as long as the window of the batch.
pub(super) struct WaitingResults<T> {
    /// The index of the input whose result is next.
    next: usize,
    /// The results from the next one. `None` for an input that has no result yet.
    results: VecDeque<Option<T>>,
    /// The number of results in the list.
    count: usize,
}

impl<T> WaitingResults<T> {
    pub(super) fn new() -> Self {
        Self { next: 0, results: VecDeque::new(), count: 0 }
    }

    /// Returns the number of results that wait.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Adds the result of the input at this index.
    pub(super) fn insert(&mut self, index: usize, result: T) {
        let place = index - self.next;
        if self.results.len() <= place {
            self.results.resize_with(place + 1, || None);
        }
        self.results[place] = Some(result);
        self.count += 1;
    }

    /// Removes and returns the result of the next input, if it has arrived.
    pub(super) fn next_in_order(&mut self) -> Option<T> {
        let result = self.results.front_mut()?.take()?;
        self.results.pop_front();
        self.next += 1;
        self.count -= 1;
        Some(result)
    }

    /// Removes and returns the first result that has arrived, with the index of its input.
    pub(super) fn next_of_any(&mut self) -> Option<(usize, T)> {
        while self.count > 0 {
            let result = self.results.pop_front().flatten();
            self.next += 1;
            if let Some(result) = result {
                self.count -= 1;
                return Some((self.next - 1, result));
            }
        }
        None
    }
}
