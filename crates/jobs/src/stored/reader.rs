//! [`Reader`]: reads the results of a job.

use std::{sync::Arc, time::Duration};

use runnable_core::{Error, ErrorKind, Result};
use serde_json::Value;

use super::pages::Pages;
use crate::{
    journal::{Journal, JournalPart},
    outputs::{FailedItem, JobResult},
    records::{ItemRecord, ItemState, OrderRecord, input_key},
};

/// Reads the results of a job in the order of the items.
pub(super) struct Reader {
    journal: Arc<dyn Journal>,
    items: Pages,
    orders: Pages,
    inputs: Option<Pages>,
}

impl Reader {
    /// `with_inputs` is whether results of items that are done contain their inputs.
    pub(super) fn new(journal: &Arc<dyn Journal>, with_inputs: bool) -> Self {
        let pages = |part| Pages::new(Arc::clone(journal), part);
        Self {
            items: pages(JournalPart::Item),
            orders: pages(JournalPart::Order),
            inputs: with_inputs.then(|| pages(JournalPart::Input)),
            journal: Arc::clone(journal),
        }
    }

    /// Returns the next result, and the number of bytes that it has in the journal.
    pub(super) async fn next(&mut self) -> Result<Option<(JobResult, usize)>> {
        loop {
            let Some((index, record)) = self.items.next().await? else {
                return Ok(None);
            };
            let bytes = record.len();
            let record = ItemRecord::read(&record)?;
            if record.state.is_finished() {
                return self.result(index, record, bytes).await.map(Some);
            }
        }
    }

    async fn result(
        &mut self,
        index: u64,
        record: ItemRecord,
        bytes: usize,
    ) -> Result<(JobResult, usize)> {
        let order = self.orders.find(index).await?;
        let order = order.and_then(|order| OrderRecord::read(&order)).ok_or_else(|| {
            let message = format!("the journal of the job has no key for item {index}");
            Error::new(ErrorKind::Other, message)
        })?;
        let (attempts, usage) = (record.attempts, record.totals());
        let is_failed = record.state == ItemState::Failed;
        let result = match record.error {
            Some(error) if is_failed => Err(error),
            None if is_failed => Err(unknown(attempts)),
            _ => Ok(record.output.unwrap_or(Value::Null)),
        };
        let input = match &mut self.inputs {
            Some(inputs) => inputs.find(index).await?,
            None if is_failed => self.journal.read(vec![input_key(index)]).await?.pop().flatten(),
            None => None,
        };
        let bytes = bytes + input.as_ref().map_or(0, Vec::len);
        let input = input.and_then(|input| serde_json::from_slice(&input).ok());
        let result = JobResult {
            input,
            attempts,
            elapsed: Duration::from_millis(record.ms),
            usage,
            ..JobResult::new(index, order.key, result)
        };
        Ok((result, bytes))
    }
}

fn unknown(attempts: u32) -> FailedItem {
    FailedItem::new(&Error::new(ErrorKind::Other, "unknown error"), attempts)
}
