//! [`items`]: the inputs of a job from an iterator.

use std::fmt;

use futures_core::{future::BoxFuture, stream::BoxStream};
use futures_util::{FutureExt, StreamExt, future::ready, stream};
use runnable_core::Result;

use super::{job_inputs::JobInputs, job_item::JobItem, read_item::ReadItem};

/// Inputs from an iterator. Created by [`items`].
#[derive(Clone)]
#[must_use = "inputs do nothing until a job reads them"]
pub struct ItemIter<I> {
    items: I,
}

/// Creates the inputs of a job from an iterator, such as a list.
///
/// The job pulls an item only if it has room for it, so the items are not in memory at once.
///
/// # Examples
///
/// ```
/// use runnable_jobs::{JobItem, inputs::items};
///
/// let names = ["ada", "grace"];
/// let inputs = items(names.map(|name| JobItem::<String>::new(name, name)));
/// ```
pub fn items<T, I>(items: I) -> ItemIter<I::IntoIter>
where
    I: IntoIterator<Item = JobItem<T>>,
{
    ItemIter { items: items.into_iter() }
}

impl<T, I> JobInputs<T> for ItemIter<I>
where
    T: Send + 'static,
    I: Iterator<Item = JobItem<T>> + Send + 'static,
{
    fn read(self: Box<Self>) -> BoxStream<'static, Result<ReadItem<T>>> {
        stream::iter(self.items.map(|item| Ok(item.into()))).boxed()
    }

    /// Returns the exact size of the iterator, if it states one.
    fn count(&self) -> BoxFuture<'static, Option<u64>> {
        let (least, most) = self.items.size_hint();
        ready(most.filter(|most| *most == least).map(|count| count as u64)).boxed()
    }
}

impl<I> fmt::Debug for ItemIter<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemIter").finish_non_exhaustive()
    }
}
