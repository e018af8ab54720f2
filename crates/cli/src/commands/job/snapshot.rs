//! The progress of a job that runs, in a file that other processes read.
//!
//! The journal can be open in one process only, so `runnable job status` reads this file while the
//! job runs.

use std::{fs, fs::File, path::Path, time::SystemTime};

use runnable::jobs::{JobProgress, JobProgressStream};
use serde::{Deserialize, Serialize};
use tokio::time::{Duration, Instant};

use crate::output::write_to;

/// The name of the file in the folder of the job.
const FILE: &str = "progress.json";

/// The time between two snapshots.
const INTERVAL: Duration = Duration::from_secs(1);

/// The progress of a job at a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Snapshot {
    /// The number of the process.
    pub(super) process: u32,
    /// The time, in seconds since 1970.
    pub(super) time: u64,
    pub(super) total: Option<u64>,
    pub(super) done: u64,
    pub(super) failed: u64,
    pub(super) in_flight: usize,
    /// The progress in words.
    pub(super) text: String,
}

impl Snapshot {
    fn new(progress: &JobProgress) -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self {
            process: std::process::id(),
            time: since.as_secs(),
            total: progress.total,
            done: progress.done,
            failed: progress.failed,
            in_flight: progress.in_flight,
            text: progress.to_string(),
        }
    }

    /// Returns the snapshot of the process that runs the job in this folder. Returns `None` if no
    /// process does.
    pub(super) fn of_running(folder: &Path) -> Option<Self> {
        let lock = File::options().write(true).open(folder.join("lock")).ok()?;
        if lock.try_lock().is_ok() {
            return None;
        }
        serde_json::from_slice(&fs::read(folder.join(FILE)).ok()?).ok()
    }
}

/// Writes a snapshot about once per second until the job ends.
pub(super) async fn write_all(folder: &Path, mut progress: JobProgressStream) {
    let mut last: Option<Instant> = None;
    while let Some(progress) = progress.next().await {
        if last.is_some_and(|last| last.elapsed() < INTERVAL) || !folder.is_dir() {
            continue;
        }
        last = Some(Instant::now());
        // The job itself does not depend on the snapshots, so an error of a snapshot is ignored.
        _ = write_to(Some(&folder.join(FILE)), |out| {
            serde_json::to_writer(&mut *out, &Snapshot::new(&progress))?;
            writeln!(out)
        });
    }
    _ = fs::remove_file(folder.join(FILE));
}
