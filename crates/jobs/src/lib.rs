//! Batches that last: a chain over many inputs, with a journal on the disk.
//!
//! The process may be killed at any moment. If the job runs again with the same folder, it
//! continues: items with a result are not run again.
//!
//! ```
//! use runnable_core::prelude::*;
//! use runnable_jobs::{Job, JobItem, inputs::items, outputs::JsonLinesOutput};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! # let temporary = tempfile::tempdir()?;
//! # let folder = temporary.path();
//! let shout = lambda(|text: String| text.to_uppercase());
//! let names = ["ada", "grace"].map(|name| JobItem::new(name, name));
//!
//! let report = Job::new(folder.join("job"), shout)
//!     .inputs(items(names))
//!     .output(JsonLinesOutput::new(folder.join("results.jsonl")))
//!     .run()
//!     .await?;
//! assert_eq!(report.done, 2);
//! # Ok(())
//! # }
//! ```
//!
//! | to | use |
//! |---|---|
//! | run a chain over many inputs | [`Job`] |
//! | read inputs and write results | [`inputs`], [`outputs`] |
//! | pause, stop and observe a job | [`JobRun`], [`JobHandle`], [`JobProgress`], `ProgressBar` (feature `indicatif`) |
//! | continue in the middle of an item | [`CheckpointExt::checkpoint`] |
//! | read the results of a job, or try failed items again | [`StoredJob`] |
//! | send calls through a Batch API | [`BatchQueue`] |
//! | keep journals elsewhere | [`journal::Journal`] |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod batched;
mod checkpoint;
mod csv;
mod engine;
pub mod inputs;
mod job;
pub mod journal;
pub mod outputs;
mod panic_text;
#[cfg(feature = "indicatif")]
mod progress_bar;
mod records;
mod state;
mod stored;

/// Compiles and runs the code in the README as doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

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
