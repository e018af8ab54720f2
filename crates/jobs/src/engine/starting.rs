//! [`Starting`]: an item that can start, and the record of an item that cannot.

use std::sync::{Arc, OnceLock};

use runnable_chat::metering::{UsageMeter, UsageTotals};
use runnable_core::{Error, ErrorKind, Result};

use super::{
    item_end::{pending_record, refused_record},
    ready::{Known, Ready},
    records::{Committed, Outcome, added},
};
use crate::{
    checkpoint::{Checkpoints, CurrentItem},
    journal::{Journal, JournalChange},
    records::{ItemState, item_key},
    state::{Control, Settings},
};

/// An item that can start.
pub(super) struct Starting<T> {
    pub(super) item: Arc<CurrentItem>,
    pub(super) input: T,
    /// Its usage in earlier processes.
    pub(super) before: UsageTotals,
    /// Whether the journal contains the item from an earlier process.
    pub(super) is_known: bool,
}

impl<T> Starting<T> {
    /// Returns the change that records that the item has not been called.
    pub(super) fn given_up(&self) -> JournalChange {
        let item = &self.item;
        let record = pending_record(item, ItemState::Pending, item.crashes, &self.before);
        JournalChange::put(item_key(item.index), record)
    }
}

/// An item that cannot start, and the changes that record this.
pub(super) struct Refused {
    pub(super) changes: Vec<JournalChange>,
    pub(super) committed: Committed,
}

/// What the items of a job share.
pub(super) struct Shared<'a> {
    pub(super) journal: &'a Arc<dyn Journal>,
    pub(super) broken: &'a Arc<OnceLock<Error>>,
    pub(super) control: &'a Arc<Control>,
    pub(super) settings: &'a Settings,
}

impl Shared<'_> {
    /// Prepares an item for its call, and adds the changes that must be in the journal before.
    ///
    /// # Errors
    ///
    /// Returns the changes of an item that cannot start.
    pub(super) fn prepare<T>(
        &self,
        ready: Ready<T>,
        changes: &mut Vec<JournalChange>,
    ) -> Result<Starting<T>, Box<Refused>> {
        let (index, is_known) = (ready.index, ready.known.is_some());
        let record = ready.known.as_ref().map(|known| &known.record);
        let is_retried = ready.known.as_ref().is_some_and(Known::is_retried);
        let attempts = record.map_or(0, |record| record.attempts);
        let retries = record.map_or(0, |record| record.retries);
        let before = record.map(|record| record.totals()).unwrap_or_default();
        let crashes = record.map_or(0, |record| match record.state {
            ItemState::Started => record.crashes.saturating_add(1),
            ItemState::Dropped | ItemState::Pending => record.crashes,
            _ => 0,
        });
        // The input of an item that is retried may have changed.
        if !is_known || is_retried {
            changes.extend(added(&ready));
        }
        let (key, input) = (ready.entry.key, ready.input);
        let mut known = ready.known;
        if is_retried {
            changes.extend(known.take().into_iter().flat_map(Known::removals));
        }
        let input = input.and_then(|input| {
            if crashes < self.settings.max_crashes.max(1) {
                return Ok(input);
            }
            let message = format!("the process ended {crashes} times while this item ran");
            Err(Error::new(ErrorKind::Other, message))
        });
        let input = match input {
            Ok(input) => input,
            Err(error) => {
                let record = refused_record(&error, (attempts, retries), &before);
                let mut changes = vec![JournalChange::put(item_key(index), record)];
                changes.extend(known.into_iter().flat_map(Known::removals));
                let committed = Committed { key, index, outcome: Outcome::Failed, total: before };
                return Err(Box::new(Refused { changes, committed }));
            }
        };
        let stored = known.map(|known| known.checkpoints).unwrap_or_default();
        let (journal, broken) = (Arc::clone(self.journal), Arc::clone(self.broken));
        let checkpoints = Checkpoints::new(journal, broken, index, stored);
        let control = Arc::clone(self.control);
        let meter = UsageMeter::new().with_prices(self.settings.prices.clone());
        let item = CurrentItem::new(index, key, crashes, attempts, checkpoints, control, meter);
        let item = item.with_retries(retries);
        Ok(Starting { item: Arc::new(item), input, before, is_known })
    }
}
