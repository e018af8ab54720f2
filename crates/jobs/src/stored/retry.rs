//! [`retry_failed`]: makes the failed items of a job pending again.

use std::sync::Arc;

use runnable_chat::metering::UsageTotals;
use runnable_core::Result;

use super::pages::Pages;
use crate::{
    journal::{Journal, JournalChange, JournalPart},
    records::{Finished, ItemRecord, ItemState, item_key, load, summary_change},
};

/// The number of items that are written at once.
const PAGE: usize = 256;

/// Makes the failed items of a job pending again, and returns their number.
pub(super) async fn retry_failed(journal: &Arc<dyn Journal>) -> Result<u64> {
    let mut summary = load(&**journal).await?.summary;
    let mut failed = Finished::default();
    let mut usage = UsageTotals::default();
    let mut items = Pages::new(Arc::clone(journal), JournalPart::Item);
    while let Some((index, record)) = items.next().await? {
        let record = ItemRecord::read(&record)?;
        match record.state {
            ItemState::Done => usage += record.totals(),
            ItemState::Failed => {
                failed.insert(index);
                summary.finished.remove(index);
            }
            _ => {}
        }
    }
    // The summary comes first. After a crash, an item that is not in the summary is read again, but
    // an item in the summary would count as finished.
    (summary.failed, summary.usage) = (0, usage);
    journal.write(vec![summary_change(&summary)?]).await?;

    let mut items = Pages::new(Arc::clone(journal), JournalPart::Item);
    let mut changes = Vec::with_capacity(PAGE);
    while let Some((index, record)) = items.next().await? {
        if !failed.contains(index) {
            continue;
        }
        let record = ItemRecord::read(&record)?;
        let retried = ItemRecord::<()>::new(ItemState::Retried).with_usage(&record.totals());
        let retries = record.retries.saturating_add(u32::from(!record.is_unfetched));
        let retried = retried.retries(retries);
        changes.push(JournalChange::put(item_key(index), retried.to_json().unwrap_or_default()));
        if changes.len() == PAGE {
            journal.write(std::mem::take(&mut changes)).await?;
        }
    }
    if !changes.is_empty() {
        journal.write(changes).await?;
    }
    Ok(failed.len())
}
