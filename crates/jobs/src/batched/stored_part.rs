//! The parts of batches in the journal.

use runnable_chat::batch_api::BatchPart;
use runnable_core::{Error, ErrorKind, Result};

use crate::journal::{Journal, JournalChange, JournalKey, JournalPart};

/// The number of parts that are read from the journal at one time.
const PAGE: usize = 16;

/// A part that was found in the journal. A clone is cheap.
#[derive(Clone)]
pub(super) struct StoredPart {
    /// The name of its entry.
    name: String,
    pub(super) part: BatchPart,
}

/// Returns the parts of a lane, in the order of their submission.
pub(super) async fn load(journal: &dyn Journal, lane: &str) -> Result<Vec<StoredPart>> {
    let prefix = prefix(lane);
    let mut parts = Vec::new();
    // No name in the lane is less than its prefix.
    let mut after = Some(prefix.clone());
    loop {
        let page = journal.scan(JournalPart::Batch, after.take(), PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(parts) };
        after = Some(last.clone());
        for (name, value) in page {
            if !name.starts_with(&prefix) {
                return Ok(parts);
            }
            let part = serde_json::from_slice(&value).map_err(|error| {
                let message =
                    format!("failed to read the batch `{name}` from the journal: {error}");
                Error::new(ErrorKind::Parse, message).with_source(error)
            });
            parts.push(StoredPart { part: part?, name });
        }
    }
}

/// Stores a part, and waits until it is durable. `submission` is unique in the lane, and later
/// submissions have greater names.
pub(super) async fn store(
    journal: &dyn Journal,
    lane: &str,
    submission: &str,
    part: &BatchPart,
) -> Result<()> {
    write(journal, format!("{}{submission}/{:08}", prefix(lane), part.index), part).await
}

impl StoredPart {
    /// Replaces the part in the journal, and waits until it is durable.
    pub(super) async fn replace(self, journal: &dyn Journal, part: &BatchPart) -> Result<()> {
        write(journal, self.name, part).await
    }
}

async fn write(journal: &dyn Journal, name: String, part: &BatchPart) -> Result<()> {
    let value = serde_json::to_vec(part).map_err(Error::other)?;
    let change = JournalChange::put(JournalKey::new(JournalPart::Batch, name), value);
    journal.write(vec![change]).await
}

/// Returns the start of the names of a lane. The name of a model can contain a slash.
fn prefix(lane: &str) -> String {
    format!("{}\u{0}", lane.replace('\u{0}', "?"))
}
