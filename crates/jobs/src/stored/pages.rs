//! [`Pages`]: reads a part of a journal in order.

use std::sync::Arc;

use runnable_core::Result;

use crate::{
    journal::{Journal, JournalPart},
    records::{Entries, parse_index},
};

/// The number of entries that are read at once.
const PAGE: usize = 256;

/// Reads a part of a journal whose names are indexes of items, in the order of the items.
pub(super) struct Pages {
    entries: Entries<Arc<dyn Journal>>,
    /// An entry that was read too early.
    ahead: Option<(u64, Vec<u8>)>,
}

impl Pages {
    pub(super) fn new(journal: Arc<dyn Journal>, part: JournalPart) -> Self {
        Self { entries: Entries::after(journal, part, None, PAGE), ahead: None }
    }

    pub(super) async fn next(&mut self) -> Result<Option<(u64, Vec<u8>)>> {
        if let Some(ahead) = self.ahead.take() {
            return Ok(Some(ahead));
        }
        while let Some((name, value)) = self.entries.next().await? {
            if let Some(index) = parse_index(&name) {
                return Ok(Some((index, value)));
            }
        }
        Ok(None)
    }

    /// Returns the value of an item. The items must be asked for in their order.
    pub(super) async fn find(&mut self, index: u64) -> Result<Option<Vec<u8>>> {
        while let Some((next, value)) = self.next().await? {
            if next == index {
                return Ok(Some(value));
            }
            if next > index {
                self.ahead = Some((next, value));
                break;
            }
        }
        Ok(None)
    }
}
