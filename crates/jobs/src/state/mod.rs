//! The settings of a job, its progress and its report.

mod control;
mod outcome;
mod progress;
mod progress_stream;
mod report;
mod settings;

#[cfg(feature = "indicatif")]
pub(crate) use self::progress::Rounded;
pub(crate) use self::{control::Control, progress_stream::publisher, settings::Settings};
pub use self::{
    outcome::{JobOutcome, JobState},
    progress::JobProgress,
    progress_stream::JobProgressStream,
    report::JobReport,
};
