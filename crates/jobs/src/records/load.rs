//! [`load`]: what a journal says about a job.

use runnable_core::Result;

use super::{
    entries::Entries,
    item_record::{ItemRecord, ItemState},
    keys::{index_name, parse_index},
    ledger::Ledger,
    summary::Summary,
};
use crate::journal::{Journal, JournalPart};

/// The number of entries that are read at once.
const PAGE: usize = 1_024;

/// Reads the state of a job. It reads only the items that are not in the last summary.
pub(crate) async fn load(journal: &dyn Journal) -> Result<Ledger> {
    let mut summary = Summary::read(journal).await?;
    // Items have started after the summary was written.
    let after = summary.len.checked_sub(1).map(index_name);
    let mut order = Entries::after(journal, JournalPart::Order, after, PAGE);
    while let Some((name, _)) = order.next().await? {
        summary.len = parse_index(&name).map_or(summary.len, |index| index + 1);
    }
    let mut ledger = Ledger::default();
    ledger.spent = summary.usage.clone();
    let gaps = summary.finished.gaps(summary.len);
    for gap in gaps {
        // An item without a record has started.
        let mut interrupted = gap.end - gap.start;
        let after = gap.start.checked_sub(1).map(index_name);
        // Not more than the gap, because there can be many short gaps.
        let limit = usize::try_from(interrupted).map_or(PAGE, |length| length.min(PAGE));
        let mut items = Entries::after(journal, JournalPart::Item, after, limit);
        let mut next = gap.start;
        while next < gap.end
            && let Some((name, value)) = items.next().await?
        {
            let Some(index) = parse_index(&name).filter(|index| *index < gap.end) else { break };
            next = index + 1;
            let record = ItemRecord::read(&value)?;
            ledger.spent += record.totals();
            if !record.state.is_interrupted() {
                interrupted -= 1;
            }
            match record.state {
                ItemState::Done => summary.done += 1,
                ItemState::Failed => summary.failed += 1,
                _ => continue,
            }
            summary.finished.insert(index);
            summary.usage += record.totals();
        }
        ledger.interrupted += interrupted;
    }
    ledger.known = summary.len;
    ledger.summary = summary;
    Ok(ledger)
}
