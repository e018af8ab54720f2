//! The outputs of a job: the files that it writes from its journal.

mod atomic_file;
mod dead_letters;
mod failed_item;
mod job_output;
mod job_result;

pub use self::{
    atomic_file::AtomicFile,
    dead_letters::DeadLetters,
    failed_item::FailedItem,
    job_output::{JobOutput, OutputWriter},
    job_result::JobResult,
};
