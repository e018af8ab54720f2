//! [`Results`]: the results of a batch.

use std::collections::VecDeque;

use futures_core::stream::BoxStream;
use futures_util::{StreamExt, stream};
use runnable_core::{Error, Result};

use super::{
    BatchAnswer, BatchId, BatchPart, BatchState, PartStatus, connection::Connection,
    part_results::PartResults, polling::Poller, rejected::RejectedRequest,
};

/// The results of a batch. They are yielded part by part, in the order in which the service
/// finishes the parts.
pub(super) struct Results {
    connection: Connection,
    /// The requests that were not uploaded.
    rejected: VecDeque<RejectedRequest>,
    /// The parts that the service has not finished.
    open: Vec<BatchPart>,
    /// The parts that the service has finished, with their status.
    ended: VecDeque<(BatchPart, PartStatus)>,
    current: Option<PartResults>,
    poller: Poller,
    /// Whether the status was requested, so that there must be a wait before the next request.
    polled: bool,
    /// The first error of a part whose results cannot be fetched. It comes after the results of the
    /// other parts.
    error: Option<Error>,
    failed: bool,
}

impl Results {
    pub(super) fn new(connection: Connection, id: BatchId) -> Self {
        let poller = Poller::new(connection.polling);
        let (open, rejected) = id.into_parts();
        Self {
            connection,
            rejected: rejected.into(),
            open,
            ended: VecDeque::new(),
            current: None,
            poller,
            polled: false,
            error: None,
            failed: false,
        }
    }

    pub(super) fn into_stream(self) -> BoxStream<'static, Result<BatchAnswer>> {
        let results = stream::unfold(self, |mut results| async move {
            let next = results.next().await?;
            results.failed = next.is_err();
            Some((next, results))
        });
        results.boxed()
    }

    async fn next(&mut self) -> Option<Result<BatchAnswer>> {
        if self.failed {
            return None;
        }
        if let Some(request) = self.rejected.pop_front() {
            let error = request.error();
            return Some(Ok(BatchAnswer::new(request.custom_id, Err(error))));
        }
        loop {
            if let Some(current) = &mut self.current {
                match current.next().await {
                    Some(Err(error)) => _ = self.error.get_or_insert(error),
                    Some(result) => return Some(result),
                    None => {}
                }
                self.current = None;
            }
            if let Some((part, status)) = self.ended.pop_front() {
                self.current = Some(PartResults::new(self.connection.clone(), part, status));
                continue;
            }
            if self.open.is_empty() {
                return self.error.take().map(Err);
            }
            if std::mem::replace(&mut self.polled, true) {
                self.poller.pause().await;
            }
            match self.poll_parts().await {
                Ok(()) => self.poller.succeeded(),
                Err(error) => {
                    if let Err(error) = self.poller.failed(error) {
                        return Some(Err(error));
                    }
                }
            }
        }
    }

    /// Requests the status of the open parts, and moves those that have ended.
    ///
    /// # Errors
    ///
    /// Returns the first error that may pass. The next call begins with the parts after it.
    async fn poll_parts(&mut self) -> Result<()> {
        let mut index = 0;
        while let Some(part) = self.open.get(index) {
            let status = match &part.batch {
                Some(batch) => self.connection.provider.status(batch).await,
                None => Ok(PartStatus::new(BatchState::Uploaded)),
            };
            let status = match status {
                Ok(status) => status,
                Err(error) if error.is_transient() => {
                    self.open.rotate_left(index + 1);
                    return Err(error);
                }
                Err(error) => {
                    self.error.get_or_insert(error);
                    self.open.remove(index);
                    continue;
                }
            };
            if status.state.is_final() || part.batch.is_none() {
                let part = self.open.remove(index);
                self.ended.push_back((part, status));
            } else {
                index += 1;
            }
        }
        Ok(())
    }
}
