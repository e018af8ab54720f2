//! Telling the user about a fetch: a line, and on a terminal a bar below it.

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{IsTerminal, stderr},
    path::Path,
};

const BAR: &str = "[{wide_bar}] {bytes}/{total_bytes} ({eta})";

/// The progress of a fetch; the bar goes away with it.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Says what is fetched, how much it is, whence, and where to.
    pub(super) fn start(what: &str, size: u64, source: &str, target: &Path) -> Self {
        let shown = HumanBytes(size);
        eprintln!("fetching {what} ({shown}) from {source} to {}", target.display());
        let terminal = stderr().is_terminal();
        let to = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(size), to);
        if let Ok(style) = ProgressStyle::with_template(BAR) {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// Shows how many bytes are there.
    pub(super) fn at(&self, bytes: u64) {
        self.bar.set_position(bytes);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
