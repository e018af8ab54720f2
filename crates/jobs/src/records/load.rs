//! [`load`]: what a journal says about a job.

use runnable_core::Result;

use super::{
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
    let mut after = summary.len.checked_sub(1).map(index_name);
    loop {
        let page = journal.scan(JournalPart::Order, after.take(), PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        summary.len = parse_index(last).map_or(summary.len, |index| index + 1);
        after = Some(last.clone());
    }
    let mut ledger = Ledger::default();
    ledger.spent = summary.usage.clone();
    let gaps = summary.finished.gaps(summary.len);
    for gap in gaps {
        // An item without a record has started.
        let mut interrupted = gap.end - gap.start;
        let mut after = gap.start.checked_sub(1).map(index_name);
        'gap: loop {
            let page = journal.scan(JournalPart::Item, after.take(), PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            for (name, value) in &page {
                let Some(index) = parse_index(name).filter(|index| *index < gap.end) else {
                    break 'gap;
                };
                let record = ItemRecord::read(value)?;
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
        }
        ledger.interrupted += interrupted;
    }
    ledger.known = summary.len;
    ledger.summary = summary;
    Ok(ledger)
}
