//! Finds, for each item of the complete list at the end, the item that was received before.

use std::collections::{HashMap, HashSet, VecDeque};

use super::{block_kind::Kind, blocks::Items, event::Item};

/// The positions of the items that were received before, by each property that can identify them.
#[derive(Debug, Default)]
pub(super) struct Known {
    by_id: HashMap<String, usize>,
    by_index: HashMap<(Kind, u64), usize>,
    by_kind: HashMap<Kind, VecDeque<usize>>,
    paired: HashSet<usize>,
}

impl Known {
    pub(super) fn of(items: &Items) -> Self {
        let mut known = Self::default();
        for (place, item) in items.iter().enumerate() {
            for id in item.ids() {
                known.by_id.entry(id.clone()).or_insert(place);
            }
            known.by_index.entry((item.kind(), item.index)).or_insert(place);
            known.by_kind.entry(item.kind()).or_default().push_back(place);
        }
        known
    }

    /// Returns the position of the received item that is the same as `item` of the complete list.
    ///
    /// It is the item with the same ID, otherwise the item with the same kind and index, otherwise
    /// the first item of the same kind. Each position is returned only once.
    pub(super) fn pair(&mut self, index: u64, item: &Item<'_>) -> Option<usize> {
        let kind = Kind::of(item);
        let id = item.call_id.get().or(item.id.get());
        let by_id = id.and_then(|id| self.by_id.get(id)).copied();
        let by_index = self.by_index.get(&(kind, index)).copied();
        let is_free = |place: &usize| !self.paired.contains(place);
        let place = by_id.filter(is_free).or(by_index.filter(is_free)).or_else(|| {
            let places = self.by_kind.get_mut(&kind)?;
            while places.front().is_some_and(|place| self.paired.contains(place)) {
                places.pop_front();
            }
            places.pop_front()
        })?;
        self.paired.insert(place);
        Some(place)
    }
}
