//! [`JobResultStream`]: the results of a job as a stream.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{self, Poll},
};

use futures_core::{Stream, stream::BoxStream};
use futures_util::{StreamExt, stream};
use runnable_core::Result;

use super::reader::Reader;
use crate::{journal::Journal, outputs::JobResult};

/// A stream of the results of a job, in the order in which the job first read the items.
///
/// Created by [`StoredJob::results`](super::StoredJob::results). It reads the journal in parts, so
/// the results are not in memory at once.
#[must_use = "a stream does nothing until it is polled"]
pub struct JobResultStream {
    results: BoxStream<'static, Result<JobResult>>,
}

impl JobResultStream {
    pub(super) fn new(journal: &Arc<dyn Journal>, with_inputs: bool) -> Self {
        let reader = Reader::new(journal, with_inputs);
        let results = stream::unfold(Some(reader), |reader| async {
            let mut reader = reader?;
            match reader.next().await {
                Ok(None) => None,
                Ok(Some((result, _))) => Some((Ok(result), Some(reader))),
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
