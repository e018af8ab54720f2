//! [`Finished`]: the items that are finished, as ranges.

use std::{collections::BTreeMap, ops::Range};

use serde::{Deserialize, Serialize};

/// A set of indexes, as ranges. Items finish nearly in order, so there are few ranges, however
/// many items there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Finished {
    /// The ends of the ranges, by their starts.
    ranges: BTreeMap<u64, u64>,
}

impl Finished {
    pub(crate) fn contains(&self, index: u64) -> bool {
        self.ranges.range(..=index).next_back().is_some_and(|(_, end)| index < *end)
    }

    pub(crate) fn insert(&mut self, index: u64) {
        if self.contains(index) {
            return;
        }
        let (mut start, mut end) = (index, index + 1);
        if let Some((before, _)) =
            self.ranges.range(..index).next_back().filter(|(_, end)| **end == index)
        {
            start = *before;
        }
        if let Some(after) = self.ranges.remove(&end) {
            end = after;
        }
        self.ranges.insert(start, end);
    }

    pub(crate) fn remove(&mut self, index: u64) {
        let Some((start, end)) =
            self.ranges.range(..=index).next_back().map(|(start, end)| (*start, *end))
        else {
            return;
        };
        if index >= end {
            return;
        }
        self.ranges.remove(&start);
        if start < index {
            self.ranges.insert(start, index);
        }
        if index + 1 < end {
            self.ranges.insert(index + 1, end);
        }
    }

    /// Returns the number of indexes.
    pub(crate) fn len(&self) -> u64 {
        self.ranges.iter().map(|(start, end)| end - start).sum()
    }

    /// Returns the indexes below `len` that are not in the set, as ranges.
    pub(crate) fn gaps(&self, len: u64) -> Vec<Range<u64>> {
        let mut gaps = Vec::new();
        let mut next = 0;
        for (start, end) in &self.ranges {
            if next < *start {
                gaps.push(next..*start);
            }
            next = *end;
        }
        if next < len {
            gaps.push(next..len);
        }
        gaps
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_are_the_same_set_as_a_set(
            changes in proptest::collection::vec((any::<bool>(), 0..24_u64), 0..80),
        ) {
            let (mut ranges, mut set) = (Finished::default(), BTreeSet::new());
            for (inserts, index) in changes {
                if inserts {
                    ranges.insert(index);
                    set.insert(index);
                } else {
                    ranges.remove(index);
                    set.remove(&index);
                }
                prop_assert!((0..24).all(|index| ranges.contains(index) == set.contains(&index)));
                prop_assert_eq!(ranges.len(), set.len() as u64);
                let missing: Vec<_> = ranges.gaps(24).into_iter().flatten().collect();
                let expected: Vec<_> = (0..24).filter(|index| !set.contains(index)).collect();
                prop_assert_eq!(missing, expected);
                let joined = ranges.ranges.iter().all(|(start, _)| {
                    *start == 0 || !ranges.contains(start - 1)
                });
                prop_assert!(joined, "neighbouring ranges are one range");
            }
        }
    }
}
