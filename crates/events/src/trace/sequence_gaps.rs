//! [`SequenceGaps`]: which numbers of events are missing.

use std::collections::BTreeMap;

/// Finds the events that are missing, from the numbers of the events.
///
/// Events can arrive in any order. A new recorder counts from 0 again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SequenceGaps {
    /// The number after the highest number so far. `None` before the first event.
    next: Option<u64>,
    /// The missing numbers of the current recorder: the first number of each gap, and the number
    /// after its last.
    gaps: BTreeMap<u64, u64>,
    /// The number of events that earlier recorders have lost.
    of_earlier: u64,
}

impl SequenceGaps {
    /// Adds the number of an event.
    pub(super) fn add(&mut self, number: u64) {
        let after = number.saturating_add(1);
        match self.next {
            Some(next) if number >= next => {
                if number > next {
                    self.gaps.insert(next, number);
                }
                self.next = Some(after);
            }
            None => self.next = Some(after),
            Some(_) => self.add_late(number),
        }
    }

    /// Returns how many events are missing.
    pub(super) fn missing(&self) -> u64 {
        self.gaps.iter().fold(self.of_earlier, |sum, (start, end)| sum.saturating_add(end - start))
    }

    /// Adds a number that is lower than the highest number.
    fn add_late(&mut self, number: u64) {
        let gap = self.gaps.range(..=number).next_back().map(|(start, end)| (*start, *end));
        match gap.filter(|(_, end)| number < *end) {
            Some((start, end)) => {
                self.gaps.remove(&start);
                if start < number {
                    self.gaps.insert(start, number);
                }
                if number + 1 < end {
                    self.gaps.insert(number + 1, end);
                }
            }
            // No event with this number is missing, so another recorder wrote the event.
            None => {
                let of_earlier = self.missing();
                *self = Self { next: Some(number + 1), gaps: BTreeMap::new(), of_earlier };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(numbers: &[u64]) -> u64 {
        let mut gaps = SequenceGaps::default();
        numbers.iter().for_each(|number| gaps.add(*number));
        gaps.missing()
    }

    #[test]
    fn gaps_are_counted_until_late_events_fill_them() {
        for (numbers, expected) in [
            (&[][..], 0),
            (&[0, 1, 2], 0),
            (&[7, 8], 0),
            (&[0, 3], 2),
            (&[0, 3, 1], 1),
            (&[0, 4, 2], 2),
            (&[0, 4, 2, 1, 3], 0),
            (&[0, 2, 0, 2], 2),
            (&[0, 0, 0], 0),
            (&[0, u64::MAX, u64::MAX], u64::MAX - 1),
        ] {
            assert_eq!(missing(numbers), expected, "{numbers:?}");
        }
    }
}
