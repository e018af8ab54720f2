//! [`Pages`]: reads a part of a journal in order.

use std::{collections::VecDeque, sync::Arc};

use runnable_core::Result;

use crate::{
    journal::{Journal, JournalPart},
    records::parse_index,
};

/// The number of entries that are read at once.
const PAGE: usize = 256;

/// Reads a part of a journal whose names are indexes of items, in the order of the items.
pub(super) struct Pages {
    journal: Arc<dyn Journal>,
    part: JournalPart,
    page: VecDeque<(u64, Vec<u8>)>,
    after: Option<String>,
    has_ended: bool,
}

impl Pages {
    pub(super) fn new(journal: Arc<dyn Journal>, part: JournalPart) -> Self {
        Self { journal, part, page: VecDeque::new(), after: None, has_ended: false }
    }

    pub(super) async fn next(&mut self) -> Result<Option<(u64, Vec<u8>)>> {
        while self.page.is_empty() && !self.has_ended {
            let page = self.journal.scan(self.part, self.after.take(), PAGE).await?;
            match page.last() {
                Some((last, _)) => self.after = Some(last.clone()),
                None => self.has_ended = true,
            }
            let entries = page.into_iter();
            self.page
                .extend(entries.filter_map(|(name, value)| Some((parse_index(&name)?, value))));
        }
        Ok(self.page.pop_front())
    }

    /// Returns the value of an item. The items must be asked for in their order.
    pub(super) async fn find(&mut self, index: u64) -> Result<Option<Vec<u8>>> {
        while let Some((next, value)) = self.next().await? {
            if next == index {
                return Ok(Some(value));
            }
            if next > index {
                self.page.push_front((next, value));
                break;
            }
        }
        Ok(None)
    }
}
