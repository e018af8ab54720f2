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
mod stored;

#[cfg(feature = "indicatif")]
pub use self::progress_bar::ProgressBar;
pub use self::{
    batched::{BatchQueue, BatchQueueExt, LiveCall},
    checkpoint::{Checkpoint, CheckpointExt},
    inputs::{JobInputs, JobItem, ReadItem},
    job::{
        Job, JobHandle, JobOutcome, JobProgress, JobProgressStream, JobReport, JobRun, JobState,
    },
    outputs::{FailedItem, JobOutput, JobResult, OutputWriter},
    stored::{JobResultStream, JobStatus, StoredJob},
};
