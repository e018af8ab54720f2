//! A progress bar for jobs.

mod line;
mod plain;
#[expect(clippy::module_inception, reason = "the file has the name of its type")]
mod progress_bar;

pub use self::progress_bar::ProgressBar;
