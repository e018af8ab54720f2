//! [`JobResultStream`]: the results of a job as a stream.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{self, Poll},
    time::Duration,
};

use futures_core::{Stream, stream::BoxStream};
use futures_util::{StreamExt, stream};
use runnable_core::{Error, ErrorKind, Result};
use serde_json::Value;

use super::pages::Pages;
use crate::{
    journal::{Journal, JournalPart},
    outputs::{FailedItem, JobResult},
    records::{ItemRecord, ItemState, OrderRecord, input_key},
};

/// A stream of the results of a job, in the order in which the job first read the items.
///
/// Created by [`StoredJob::results`](super::StoredJob::results). It reads the journal in parts, so
/// the results are not in memory at once.
#[must_use = "a stream does nothing until it is polled"]
pub struct JobResultStream {
    results: BoxStream<'static, Result<JobResult>>,
}

impl JobResultStream {
    /// `with_inputs` is whether results of items that are done contain their inputs.
    pub(super) fn new(journal: &Arc<dyn Journal>, with_inputs: bool) -> Self {
        let pages = |part| Pages::new(Arc::clone(journal), part);
        let reader = Reader {
            items: pages(JournalPart::Item),
            orders: pages(JournalPart::Order),
            inputs: with_inputs.then(|| pages(JournalPart::Input)),
            journal: Arc::clone(journal),
        };
        let results = stream::unfold(Some(reader), |reader| async {
            let mut reader = reader?;
            match reader.next().await {
                Ok(None) => None,
                Ok(Some(result)) => Some((Ok(result), Some(reader))),
                Err(error) => Some((Err(error), None)),
            }
        });
        Self { results: results.boxed() }
    }

    /// Returns the next result, or `None` at the end.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, no result is lost.
    pub fn next(&mut self) -> impl Future<Output = Option<Result<JobResult>>> + Send {
        StreamExt::next(&mut self.results)
    }
}

impl Stream for JobResultStream {
    type Item = Result<JobResult>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        self.results.poll_next_unpin(cx)
    }
}

impl fmt::Debug for JobResultStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobResultStream").finish_non_exhaustive()
    }
}

struct Reader {
    journal: Arc<dyn Journal>,
    items: Pages,
    orders: Pages,
    inputs: Option<Pages>,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<JobResult>> {
        loop {
            let Some((index, record)) = self.items.next().await? else {
                return Ok(None);
            };
            let record = ItemRecord::read(&record)?;
            if record.state.is_finished() {
                return self.result(index, record).await.map(Some);
            }
        }
    }

    async fn result(&mut self, index: u64, record: ItemRecord) -> Result<JobResult> {
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
        let input = input.and_then(|input| serde_json::from_slice(&input).ok());
        Ok(JobResult {
            input,
            attempts,
            elapsed: Duration::from_millis(record.ms),
            usage,
            ..JobResult::new(index, order.key, result)
        })
    }
}

fn unknown(attempts: u32) -> FailedItem {
    FailedItem::new(&Error::new(ErrorKind::Other, "unknown error"), attempts)
}
