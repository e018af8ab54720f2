//! A job and its run.

mod handle;
#[expect(clippy::module_inception, reason = "the file has the name of its type")]
mod job;
mod job_run;

pub use self::{handle::JobHandle, job::Job, job_run::JobRun};
