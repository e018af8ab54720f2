//! [`ProgressBar`]: shows the progress of a job.

use std::{
    fmt,
    io::{self, IsTerminal, Write},
};

use futures_util::future::join;
use indicatif::{ProgressDrawTarget, ProgressStyle};
use runnable_core::Result;

use super::{line::counts, plain::Plain};
use crate::{
    job::JobRun,
    state::{JobProgress, JobReport},
};

/// The width of the bar in columns. A line that is wider than the terminal continues in the next row.
const BAR: &str = "{prefix}{bar:24} {msg}";
const COLORED_BAR: &str = "{prefix}{bar:24.cyan/blue} {msg}";

/// Shows the progress of a job on standard error.
///
/// On a terminal, it is a bar with the numbers of items, the rate, the tokens, the cost and the time
/// left. Otherwise, such as in a pipe or a log file, it is a line of text every ten seconds. So it is on
/// a terminal that cannot move its cursor (`TERM=dumb`).
///
/// The bar has colours unless the environment variable `NO_COLOR` is set. It disappears when the job
/// has ended.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_jobs::{Job, JobItem, ProgressBar, inputs::items, journal::MemoryJournal};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = lambda(|text: String| text.to_uppercase());
/// let job = Job::with_journal(MemoryJournal::new(), shout);
/// let run = job.inputs(items([JobItem::new("1", "hello")])).run();
///
/// let report = ProgressBar::stderr().show(run).await?;
/// assert_eq!(report.done, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a progress bar does nothing until it shows a job"]
pub struct ProgressBar {
    /// The bar on a terminal. It is hidden if standard error is not a terminal.
    bar: indicatif::ProgressBar,
    label: String,
    has_colors: bool,
    /// Whether to print lines, because there is no bar.
    has_lines: bool,
}

impl ProgressBar {
    /// Creates a progress bar on standard error.
    pub fn stderr() -> Self {
        let is_terminal = io::stderr().is_terminal();
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let bar = if is_terminal {
            indicatif::ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        } else {
            indicatif::ProgressBar::hidden()
        };
        let has_lines = bar.is_hidden();
        let has_colors = is_terminal && !no_color;
        Self { bar, label: String::new(), has_colors, has_lines }
    }

    /// Creates a progress bar that shows nothing.
    pub fn hidden() -> Self {
        let bar = indicatif::ProgressBar::hidden();
        Self { bar, label: String::new(), has_colors: false, has_lines: false }
    }

    /// Sets whether the bar has colours.
    pub fn colors(mut self, colors: bool) -> Self {
        self.has_colors = colors;
        self
    }

    /// Sets a text that is shown before the numbers, such as the name of the job.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Prints a line above the bar, or to standard error if there is no bar.
    pub fn println(&self, line: &str) {
        if self.bar.is_hidden() {
            // A message that cannot be written does not stop the job.
            _ = writeln!(io::stderr(), "{line}");
        } else {
            self.bar.println(line);
        }
    }

    /// Runs a job, and shows its progress until it ends.
    ///
    /// # Errors
    ///
    /// Returns the errors of the job.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the job is dropped, too, and the bar disappears.
    pub async fn show(&self, run: JobRun) -> Result<JobReport> {
        let template = if self.has_colors { COLORED_BAR } else { BAR };
        // The templates are valid.
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("━╸─"));
        }
        self.bar.set_prefix(match &*self.label {
            "" => String::new(),
            label => format!("{label} "),
        });
        let _clear = Clear(&self.bar);
        let mut progress = run.progress();
        let show = async {
            let mut lines = Plain::default();
            while let Some(progress) = progress.next().await {
                self.draw(&progress);
                if self.has_lines {
                    lines.update(&self.label, &progress);
                }
            }
        };
        let (report, ()) = join(run, show).await;
        report
    }

    fn draw(&self, progress: &JobProgress) {
        self.bar.set_message(counts(progress));
        if let Some(total) = progress.total {
            self.bar.update(|state| {
                state.set_len(total);
                state.set_pos(progress.finished().min(total));
            });
        }
        // Each change above draws a line with a part of the numbers, unless the last line was drawn
        // just before. Draw the line with all of them.
        self.bar.force_draw();
    }
}

/// Removes the bar when the job ends or is dropped.
struct Clear<'a>(&'a indicatif::ProgressBar);

impl Drop for Clear<'_> {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl fmt::Debug for ProgressBar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bar, label, has_colors, has_lines } = self;
        f.debug_struct("ProgressBar")
            .field("is_hidden", &bar.is_hidden())
            .field("label", label)
            .field("has_colors", has_colors)
            .field("has_lines", has_lines)
            .finish()
    }
}
