//! [`Entries`]: reads a part of a journal in order.

use std::{ops::Deref, vec};

use runnable_core::Result;
use tokio::task::yield_now;

use crate::journal::{Journal, JournalEntry, JournalPart};

/// Reads the entries of a part of a journal in the order of their names.
pub(crate) struct Entries<J> {
    journal: J,
    part: JournalPart,
    /// The number of entries that are read at once.
    limit: usize,
    page: vec::IntoIter<JournalEntry>,
    /// The name after which the next page begins.
    after: Option<String>,
    has_ended: bool,
    /// The number of pages that were read.
    pages: u32,
}

/// The number of pages after which other tasks run. A journal can be always ready, and a job has many
/// pages.
const YIELD_AFTER: u32 = 8;

impl<J: Deref<Target: Journal>> Entries<J> {
    /// Begins after the entry with the name `after`, or at the first entry.
    pub(crate) fn after(
        journal: J,
        part: JournalPart,
        after: Option<String>,
        limit: usize,
    ) -> Self {
        let page = Vec::new().into_iter();
        Self { journal, part, limit, page, after, has_ended: false, pages: 0 }
    }

    /// Returns the name and the value of the next entry.
    pub(crate) async fn next(&mut self) -> Result<Option<JournalEntry>> {
        if self.page.len() == 0 && !self.has_ended {
            self.pages = self.pages.wrapping_add(1);
            if self.pages.is_multiple_of(YIELD_AFTER) {
                yield_now().await;
            }
            let page = self.journal.scan(self.part, self.after.take(), self.limit).await?;
            self.after = page.last().map(|(last, _)| last.clone());
            self.has_ended = self.after.is_none();
            self.page = page.into_iter();
        }
        Ok(self.page.next())
    }
}
