//! [`JobInputs`]: a source of the inputs of a job.

use std::path::Path;

use futures_core::{future::BoxFuture, stream::BoxStream};
use futures_util::{FutureExt, future::ready};
use runnable_core::Result;

use super::read_item::ReadItem;

/// A source of the inputs of a job, such as a file.
///
/// A job reads its source each time it runs, and skips the items that the journal contains. The
/// items must have the same keys each time. They should have the same order, because the job then
/// skips them faster.
///
/// For a list or an iterator, use [`items`](super::items). For a stream, use
/// [`item_stream`](super::item_stream).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a source of inputs for a chain that expects `{T}`",
    label = "expected the inputs of a job",
    note = "for a list, write `items(list.into_iter().map(|input| JobItem::new(key, input)))`; for a file, use `CsvInputs`, `JsonLinesInputs` or another type of the module `inputs`"
)]
pub trait JobInputs<T>: Send + 'static {
    /// Starts to read. The job polls the stream only if it has room for another item.
    ///
    /// A thread that reads for the stream must end when the stream is dropped.
    ///
    /// # Errors
    ///
    /// The stream yields an error if the source itself fails, such as a disk. The job then stops
    /// and can be resumed. An invalid item is [`ReadItem::Malformed`] instead.
    fn read(self: Box<Self>) -> BoxStream<'static, Result<ReadItem<T>>>;

    /// Counts the items, so that the progress of the job contains the total number.
    ///
    /// The job polls the future while it works. It returns `None` if the number is unknown, which
    /// is the default.
    fn count(&self) -> BoxFuture<'static, Option<u64>> {
        ready(None).boxed()
    }

    /// Returns the file that is read, so that a job does not replace it by an output. The default is
    /// `None`.
    fn file(&self) -> Option<&Path> {
        None
    }
}

/// Inputs whose type is known only when the program runs.
impl<T: 'static> JobInputs<T> for Box<dyn JobInputs<T>> {
    fn read(self: Box<Self>) -> BoxStream<'static, Result<ReadItem<T>>> {
        (*self).read()
    }

    fn count(&self) -> BoxFuture<'static, Option<u64>> {
        (**self).count()
    }

    fn file(&self) -> Option<&Path> {
        (**self).file()
    }
}
