//! [`Plain`]: the progress of a job as lines, for a pipe or a log file.

use std::{
    io::{self, Write},
    time::Duration,
};

use tokio::time::Instant;

use super::line::counts;
use crate::state::JobProgress;

/// The time between two lines.
const INTERVAL: Duration = Duration::from_secs(10);

/// Prints a line to standard error every ten seconds.
#[derive(Debug, Default)]
pub(super) struct Plain {
    next: Option<Instant>,
}

impl Plain {
    pub(super) fn update(&mut self, label: &str, progress: &JobProgress) {
        let now = Instant::now();
        // The first line follows after ten seconds, so a short job prints none.
        let next = *self.next.get_or_insert(now + INTERVAL);
        if now >= next {
            self.next = Some(now + INTERVAL);
            // A log that cannot be written does not stop the job.
            let separator = if label.is_empty() { "" } else { ": " };
            _ = writeln!(io::stderr(), "{label}{separator}{}", counts(progress));
        }
    }
}
