//! [`Cursor`]: reads the items of a journal in the order of a source.

use std::{collections::VecDeque, sync::Arc};

use runnable_core::Result;

use crate::{
    journal::{Journal, JournalPart},
    records::{OrderRecord, index_name, parse_index},
};

/// The largest number of entries that are read at once.
const PAGE: usize = 1_024;

/// Reads the items of a journal in their order. A source usually has the same order, so the next
/// item of the source is the next item of the cursor, and need not be looked up.
pub(super) struct Cursor {
    journal: Arc<dyn Journal>,
    page: VecDeque<(u64, OrderRecord)>,
    /// The index of the item that comes after the page.
    next: u64,
    /// The number of items that the journal contained when it was opened.
    known: u64,
    /// The number of entries that are read next. It is small after a jump, because a source in
    /// another order jumps often.
    limit: usize,
}

impl Cursor {
    pub(super) fn new(journal: Arc<dyn Journal>, known: u64) -> Self {
        Self { journal, page: VecDeque::new(), next: 0, known, limit: PAGE }
    }

    /// Returns whether no item is left.
    pub(super) fn is_at_end(&self) -> bool {
        self.page.is_empty() && self.next >= self.known
    }

    /// Returns the next item, without passing it.
    pub(super) async fn peek(&mut self) -> Result<Option<&(u64, OrderRecord)>> {
        while self.page.is_empty() && self.next < self.known {
            let after = self.next.checked_sub(1).map(index_name);
            let page = self.journal.scan(JournalPart::Order, after, self.limit).await?;
            self.limit = PAGE.min(self.limit * 2);
            let entries = page.iter().filter_map(|(name, value)| {
                let index = parse_index(name).filter(|index| *index < self.known)?;
                Some((index, OrderRecord::read(value)?))
            });
            self.page.extend(entries);
            self.next = match page.last().and_then(|(name, _)| parse_index(name)) {
                Some(last) => last + 1,
                None => self.known,
            };
        }
        Ok(self.page.front())
    }

    /// Passes the next item.
    pub(super) fn advance(&mut self) {
        self.page.pop_front();
    }

    /// Continues after the item with this index.
    pub(super) fn jump_past(&mut self, index: u64) {
        if index >= self.known {
            return;
        }
        while self.page.front().is_some_and(|(next, _)| *next <= index) {
            self.page.pop_front();
        }
        let is_in_page = self.page.front().is_some_and(|(next, _)| *next == index + 1);
        if !is_in_page {
            self.page.clear();
            self.next = index + 1;
            self.limit = 4;
        }
    }
}
