//! A job: its settings, its run, its progress and its report.

mod control;
mod handle;
#[expect(clippy::module_inception, reason = "the file has the name of its type")]
mod job;
mod job_run;
mod outcome;
mod progress;
mod progress_stream;
mod report;
mod settings;

pub(crate) use self::{control::Control, progress_stream::publisher, settings::Settings};
pub use self::{
    handle::JobHandle,
    job::Job,
    job_run::JobRun,
    outcome::{JobOutcome, JobState},
    progress::JobProgress,
    progress_stream::JobProgressStream,
    report::JobReport,
};
