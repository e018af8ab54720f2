//! [`ReadItem`]: what a source of inputs has read.

use runnable_core::Error;

use super::job_item::JobItem;

/// An item that a [source of inputs](super::JobInputs) has read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ReadItem<T> {
    /// An item for the chain.
    Item(JobItem<T>),
    /// A part of the source that is not an input of the chain, such as an invalid line. The job
    /// records it as a failed item, and continues.
    Malformed {
        /// The key that the item would have.
        key: String,
        /// The text of the source.
        text: String,
        /// The reason why the text is not an input.
        error: Error,
    },
}

impl<T> ReadItem<T> {
    /// Returns the key of the item.
    pub fn key(&self) -> &str {
        match self {
            Self::Item(item) => &item.key,
            Self::Malformed { key, .. } => key,
        }
    }
}

impl<T> From<JobItem<T>> for ReadItem<T> {
    fn from(item: JobItem<T>) -> Self {
        Self::Item(item)
    }
}
