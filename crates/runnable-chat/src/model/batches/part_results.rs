//! [`PartResults`]: the results of one part.

use std::time::Duration;

use futures_core::stream::BoxStream;
use futures_util::StreamExt;
use runnable_core::{Backoff, Error, Result};

use super::{
    BatchAnswer, BatchError, BatchPart, BatchState, PartStatus, connection::Connection,
    wire_id::positions,
};

/// How often the download of the results of a part is tried.
const ATTEMPTS: u32 = 5;

/// The results of one part that the service has finished: one for each request.
pub(super) struct PartResults {
    connection: Connection,
    part: BatchPart,
    status: PartStatus,
    /// The results that are being downloaded. `None` after the last of them.
    stream: Option<BoxStream<'static, Result<BatchAnswer>>>,
    /// The number of downloads that failed since the last result.
    failures: u32,
    /// The positions of the requests, by the IDs that the service received.
    positions: std::collections::HashMap<String, usize>,
    /// For each request, whether its result was yielded.
    yielded: Vec<bool>,
    /// The position from which requests without a result are searched.
    position: usize,
}

impl PartResults {
    pub(super) fn new(connection: Connection, part: BatchPart, status: PartStatus) -> Self {
        let positions = positions(&part.custom_ids);
        let positions = positions.into_iter().map(|(id, at)| (id.into_owned(), at)).collect();
        let yielded = vec![false; part.custom_ids.len()];
        let mut results = Self {
            connection,
            part,
            status,
            stream: None,
            failures: 0,
            positions,
            yielded,
            position: 0,
        };
        results.stream = results.download();
        results
    }

    fn download(&self) -> Option<BoxStream<'static, Result<BatchAnswer>>> {
        let batch = self.part.batch.as_ref()?;
        Some(self.connection.provider.results(batch, &self.connection.options))
    }

    /// Returns the next result, or `None` after the last.
    pub(super) async fn next(&mut self) -> Option<Result<BatchAnswer>> {
        while let Some(stream) = &mut self.stream {
            match stream.next().await {
                Some(Ok(answer)) => {
                    if let Some(answer) = self.accept(answer) {
                        self.failures = 0;
                        return Some(Ok(answer));
                    }
                }
                Some(Err(error)) => match self.retry(error).await {
                    Ok(()) => self.stream = self.download(),
                    Err(error) => {
                        self.stream = None;
                        self.position = self.yielded.len();
                        return Some(Err(error));
                    }
                },
                None => self.stream = None,
            }
        }
        let rest = self.yielded.get(self.position..)?;
        let missing = self.position + rest.iter().position(|yielded| !yielded)?;
        self.position = missing + 1;
        Some(Ok(BatchAnswer::new(&*self.part.custom_ids[missing], Err(self.reason()))))
    }

    /// Returns the result with the caller's ID, or `None` if the result is unknown or repeated.
    fn accept(&mut self, answer: BatchAnswer) -> Option<BatchAnswer> {
        let position = *self.positions.get(&answer.custom_id)?;
        if std::mem::replace(&mut self.yielded[position], true) {
            return None;
        }
        Some(BatchAnswer::new(&*self.part.custom_ids[position], answer.result))
    }

    /// Waits before another download, or returns the error if there must be none.
    async fn retry(&mut self, error: Error) -> Result<()> {
        self.failures += 1;
        if self.failures >= ATTEMPTS || !error.is_transient() {
            return Err(error.with_attempts(self.failures));
        }
        let backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(60));
        let (wait, _) = backoff.wait(error, self.failures)?;
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// Returns the error of a request without a result.
    fn reason(&self) -> Error {
        if self.part.batch.is_none() {
            return BatchError::NotSubmitted.into_error();
        }
        match (&self.status.error, self.status.state) {
            (_, BatchState::Expired) => BatchError::Expired.into_error(),
            (_, BatchState::Cancelled) => BatchError::Cancelled.into_error(),
            (Some(error), BatchState::Failed) => {
                let failed = BatchError::Failed { message: error.message() };
                Error::wrap(error.kind(), failed).with_transient(error.is_transient())
            }
            (None, BatchState::Failed) => {
                BatchError::Failed { message: "no reason was given".into() }.into_error()
            }
            _ => BatchError::Missing.into_error(),
        }
    }
}
