//! The items of a response, in the order in which they started.

use std::{collections::HashMap, slice};

use runnable_chat::message::BlockChunk;
use runnable_core::Result;
use runnable_http::chat::{MAX_PARTS, too_many};

use super::block::ItemReader;

/// The items of a response that have started so far.
#[derive(Debug, Default)]
pub(super) struct Items {
    items: Vec<ItemReader>,
    /// For each index whose last item is at another position in `items`, the position of that item.
    misplaced: HashMap<u64, usize>,
    /// For the ID of each item, the position of the item.
    ids: HashMap<String, usize>,
}

impl Items {
    /// Adds an item, and returns its position.
    pub(super) fn push(&mut self, item: ItemReader) -> usize {
        let place = self.items.len();
        if usize::try_from(item.index) == Ok(place) {
            self.misplaced.remove(&item.index);
        } else {
            self.misplaced.insert(item.index, place);
        }
        self.ids.extend(item.ids().map(|id| (id.clone(), place)));
        self.items.push(item);
        place
    }

    /// Returns the position of the last item with this index.
    pub(super) fn place_of(&self, index: u64) -> Option<usize> {
        let in_order = usize::try_from(index).ok();
        let in_order =
            in_order.filter(|at| self.items.get(*at).is_some_and(|item| item.index == index));
        self.misplaced.get(&index).copied().or(in_order)
    }

    /// Returns the position of the item with this ID.
    pub(super) fn place_of_id(&self, id: Option<&str>) -> Option<usize> {
        self.ids.get(id?).copied()
    }

    pub(super) fn get(&self, place: usize) -> &ItemReader {
        &self.items[place]
    }

    pub(super) fn get_mut(&mut self, place: usize) -> &mut ItemReader {
        &mut self.items[place]
    }

    pub(super) fn last(&self) -> Option<&ItemReader> {
        self.items.last()
    }

    pub(super) fn iter(&self) -> slice::Iter<'_, ItemReader> {
        self.items.iter()
    }

    /// Returns the arguments of each call for which no arguments followed its complete arguments at
    /// the start.
    pub(super) fn held_arguments(&mut self) -> impl Iterator<Item = BlockChunk> {
        self.items.iter_mut().filter_map(ItemReader::held_arguments)
    }

    /// Returns an error if there are too many items.
    pub(super) fn check(&self) -> Result<()> {
        if self.items.len() > MAX_PARTS { Err(too_many("output items", MAX_PARTS)) } else { Ok(()) }
    }
}
