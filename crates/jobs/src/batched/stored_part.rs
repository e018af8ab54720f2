//! The parts of batches in the journal.

use runnable_chat::batch_api::BatchPart;
use runnable_core::{Error, ErrorKind, Result};

use crate::{
    journal::{Journal, JournalChange, JournalKey, JournalPart},
    records::Entries,
};

/// The number of parts that are read from the journal at one time.
const PAGE: usize = 16;

/// A part and its entry in the journal. A clone is cheap.
#[derive(Clone)]
pub(super) struct StoredPart {
    /// The name of the entry.
    name: String,
    pub(super) part: BatchPart,
}

/// Returns the parts of a lane, in the order of their submission.
pub(super) async fn load(journal: &dyn Journal, lane: &str) -> Result<Vec<StoredPart>> {
    let prefix = prefix(lane);
    let mut parts = Vec::new();
    // No name in the lane is less than its prefix.
    let mut entries = Entries::after(journal, JournalPart::Batch, Some(prefix.clone()), PAGE);
    while let Some((name, value)) =
        entries.next().await?.filter(|(name, _)| name.starts_with(&prefix))
    {
        let part = serde_json::from_slice(&value).map_err(|error| {
            let message = format!("failed to read the batch `{name}` from the journal: {error}");
            Error::new(ErrorKind::Parse, message).with_source(error)
        });
        parts.push(StoredPart { part: part?, name });
    }
    Ok(parts)
}

impl StoredPart {
    /// Creates an entry for a part. `submission` is unique in the lane, and later submissions have
    /// greater names.
    pub(super) fn new(lane: &str, submission: &str, part: BatchPart) -> Self {
        Self { name: format!("{}{submission}/{:08}", prefix(lane), part.index), part }
    }

    /// Returns the entry with another state of its part.
    pub(super) fn with(&self, part: BatchPart) -> Self {
        Self { name: self.name.clone(), part }
    }

    /// Writes the entry to the journal, and waits until it is durable.
    pub(super) async fn write(self, journal: &dyn Journal) -> Result<()> {
        let value = serde_json::to_vec(&self.part).map_err(Error::other)?;
        let change = JournalChange::put(JournalKey::new(JournalPart::Batch, self.name), value);
        journal.write(vec![change]).await
    }
}

/// Returns the start of the names of a lane. The name of a model can contain a slash.
fn prefix(lane: &str) -> String {
    format!("{}\u{0}", lane.replace('\u{0}', "?"))
}
