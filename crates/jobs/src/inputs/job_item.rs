//! [`JobItem`]: an input of a job, with its key.

/// An input of a job, with the key that identifies it.
///
/// The key must be the same each time the job runs, because the journal finds the result of an item
/// by its key. Use an id from your data, or the number of a line in a file that does not change.
///
/// # Examples
///
/// ```
/// use runnable_jobs::JobItem;
///
/// let item: JobItem<String> = JobItem::new("ticket-17", "My order has not arrived.");
/// assert_eq!(item.key, "ticket-17");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "an item is its key and its input")]
pub struct JobItem<T> {
    /// The key, which is unique in the job.
    pub key: String,
    /// The input of the chain.
    pub input: T,
}

impl<T> JobItem<T> {
    /// Creates an item.
    pub fn new(key: impl Into<String>, input: impl Into<T>) -> Self {
        Self { key: key.into(), input: input.into() }
    }
}
