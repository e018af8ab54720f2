//! [`Summary`]: the sums over the finished items, so that a job resumes without reading them.

use runnable_chat::metering::UsageTotals;
use runnable_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use super::{finished::Finished, keys::job_key};
use crate::journal::{Journal, JournalChange};

/// The items that were finished at some time, and the sums over exactly these items.
///
/// A job writes it from time to time. When the job is opened, only the items that are not in the
/// summary are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// The number of items that have started.
    pub(crate) len: u64,
    pub(crate) finished: Finished,
    pub(crate) done: u64,
    pub(crate) failed: u64,
    pub(crate) usage: UsageTotals,
}

const NAME: &str = "summary";

impl Summary {
    /// Reads the last summary, or returns an empty summary.
    pub(crate) async fn read(journal: &dyn Journal) -> Result<Self> {
        let value = journal.read(vec![job_key(NAME)]).await?.pop().flatten();
        let Some(value) = value else {
            return Ok(Self::default());
        };
        serde_json::from_slice(&value).map_err(|error| {
            let message = format!("invalid summary in the journal of the job: {error}");
            Error::new(ErrorKind::Other, message).with_source(error)
        })
    }
}

/// Returns the change that stores a summary.
pub(crate) fn summary_change(summary: &Summary) -> Result<JournalChange> {
    let json = serde_json::to_vec(summary).map_err(Error::other)?;
    Ok(JournalChange::put(job_key(NAME), json))
}
