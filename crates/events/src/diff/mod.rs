//! Differences: between two values, and between two recordings.

mod alignment;
mod difference;
mod line_diff;
mod recorded_run;
mod recording_diff;
mod report;
mod run_comparison;
mod tokens;
mod value_diff;
mod value_lines;

pub(crate) use self::recorded_run::{Ending, Place, RecordedRun};
pub use self::{
    difference::Difference,
    recording_diff::RecordingDiff,
    run_comparison::{RunComparison, RunFacts},
    value_diff::ValueDiff,
};
