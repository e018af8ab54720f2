//! What a job is told, and what it reports: its settings, its progress and its report.

mod control;
mod outcome;
mod progress;
mod progress_stream;
mod report;
mod settings;

pub(crate) use self::{control::Control, progress_stream::publisher, settings::Settings};
pub use self::{
    outcome::{JobOutcome, JobState},
    progress::JobProgress,
    progress_stream::JobProgressStream,
    report::JobReport,
};
