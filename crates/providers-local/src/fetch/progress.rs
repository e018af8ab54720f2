//! Shows the progress of a download: a line of text, and a bar on a terminal.

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{IsTerminal, stderr},
    path::Path,
};

const BAR: &str = "[{wide_bar}] {bytes}/{total_bytes} ({eta})";

/// The display of a download's progress. When the value is dropped, the progress bar is removed.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Prints what is downloaded, its size, its source and its target, and shows the progress bar.
    pub(super) fn start(what: &str, size: u64, source: &str, target: &Path) -> Self {
        let shown = HumanBytes(size);
        eprintln!("downloading {what} ({shown}) from {source} to {}", target.display());
        let terminal = stderr().is_terminal();
        let to = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(size), to);
        if let Ok(style) = ProgressStyle::with_template(BAR) {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// Shows the number of received bytes.
    pub(super) fn at(&self, bytes: u64) {
        self.bar.set_position(bytes);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
