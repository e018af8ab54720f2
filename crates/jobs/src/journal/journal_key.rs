//! [`JournalKey`]: the place of a value in a journal.

use std::fmt;

/// The place of a value in a [`Journal`](super::Journal): a part, and a name inside the part.
///
/// Keys are ordered by part and then by the bytes of the name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct JournalKey {
    /// The part of the journal.
    pub part: JournalPart,
    /// The name, which is unique in its part. It can contain any characters.
    pub name: String,
}

impl JournalKey {
    /// Creates a key.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_jobs::journal::{JournalKey, JournalPart};
    ///
    /// let key = JournalKey::new(JournalPart::Job, "summary");
    /// assert_eq!(key.to_string(), "job/summary");
    /// ```
    pub fn new(part: JournalPart, name: impl Into<String>) -> Self {
        Self { part, name: name.into() }
    }
}

/// Prints the part and the name, such as `job/summary`.
impl fmt::Display for JournalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part.as_str(), self.name)
    }
}

/// A part of a journal.
///
/// In the parts [`Order`](Self::Order), [`Item`](Self::Item) and [`Input`](Self::Input), the name
/// is the index of an item, as 16 hexadecimal digits. The order of the names is therefore the order
/// of the items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum JournalPart {
    /// Values of the whole job, such as the sums of its results.
    Job,
    /// The index of each item, by its key.
    Key,
    /// The key of each item and the digest of its input, by the index of the item. An item has
    /// started if it is in this part.
    Order,
    /// The input of each item, by the index of the item.
    Input,
    /// The result of each item, by the index of the item.
    Item,
    /// The outputs of the steps that an item has completed.
    Checkpoint,
    /// The batches that a job has submitted to the batch API of a provider.
    Batch,
}

impl JournalPart {
    /// All parts.
    pub const ALL: [Self; 7] =
        [Self::Job, Self::Key, Self::Order, Self::Input, Self::Item, Self::Checkpoint, Self::Batch];

    /// Returns the name of the part, such as `checkpoint`.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_jobs::journal::JournalPart;
    ///
    /// assert_eq!(JournalPart::Item.as_str(), "item");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Key => "key",
            Self::Order => "order",
            Self::Input => "input",
            Self::Item => "item",
            Self::Checkpoint => "checkpoint",
            Self::Batch => "batch",
        }
    }
}
