//! Stored jobs: what a journal contains, without the chain of the job.

mod export;
mod pages;
mod reader;
mod results;
mod retry;
mod status;
mod stored_job;

pub(crate) use self::export::{check, export};
pub use self::{results::JobResultStream, status::JobStatus, stored_job::StoredJob};
