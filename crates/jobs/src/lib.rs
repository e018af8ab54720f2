//! Batches that last: a chain over many inputs, with a journal on the disk.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod batched;
mod checkpoint;
mod csv;
mod engine;
pub mod inputs;
mod job;
pub mod journal;
pub mod outputs;
#[cfg(feature = "indicatif")]
mod progress_bar;
mod records;
mod state;
mod stored;

#[cfg(feature = "indicatif")]
pub use self::progress_bar::ProgressBar;
pub use self::{
    batched::{BatchQueue, BatchQueueExt, LiveCall},
    checkpoint::{Checkpoint, CheckpointExt},
    inputs::{JobInputs, JobItem, ReadItem},
    job::{Job, JobHandle, JobRun},
    outputs::{FailedItem, JobOutput, JobResult, OutputWriter},
    state::{JobOutcome, JobProgress, JobProgressStream, JobReport, JobState},
    stored::{JobResultStream, JobStatus, StoredJob},
};
