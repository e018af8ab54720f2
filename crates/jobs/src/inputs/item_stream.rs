//! [`item_stream`]: the inputs of a job from a stream.

use std::fmt;

use futures_core::{Stream, stream::BoxStream};
use futures_util::StreamExt;
use runnable_core::Result;

use super::{job_inputs::JobInputs, job_item::JobItem, read_item::ReadItem};

/// Inputs from a stream. Created by [`item_stream`].
#[must_use = "inputs do nothing until a job reads them"]
pub struct ItemStream<S> {
    stream: S,
}

/// Creates the inputs of a job from a stream, such as the rows of a database.
///
/// If the stream yields an error, the job stops and can be resumed. The job polls the stream only
/// if it has room for another item.
///
/// # Examples
///
/// ```
/// use futures::stream;
/// use runnable_jobs::{JobItem, inputs::item_stream};
///
/// let rows = stream::iter([Ok(JobItem::<String>::new("17", "Hello"))]);
/// let inputs = item_stream(rows);
/// ```
pub fn item_stream<T, S>(stream: S) -> ItemStream<S>
where
    S: Stream<Item = Result<JobItem<T>>> + Send + 'static,
{
    ItemStream { stream }
}

impl<T, S> JobInputs<T> for ItemStream<S>
where
    T: Send + 'static,
    S: Stream<Item = Result<JobItem<T>>> + Send + 'static,
{
    fn read(self: Box<Self>) -> BoxStream<'static, Result<ReadItem<T>>> {
        self.stream.map(|item| item.map(ReadItem::Item)).boxed()
    }
}

impl<S> fmt::Debug for ItemStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemStream").finish_non_exhaustive()
    }
}
