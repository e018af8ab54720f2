//! The Batch APIs of services: the trait of a provider, and the driver. The public path is
//! [`batch_api`](crate::batch_api).

mod answer;
mod api;
mod batch;
mod batch_error;
mod batch_id;
mod batch_results;
mod batch_updates;
mod connection;
mod limits;
mod part;
mod part_body;
mod part_results;
mod polling;
mod provider;
mod rejected;
mod request;
mod results;
mod status;
mod submission;
mod turns;
mod wire_id;

pub use self::{
    answer::BatchAnswer,
    api::BatchApi,
    batch::Batch,
    batch_error::BatchError,
    batch_id::BatchId,
    batch_results::BatchResults,
    batch_updates::BatchUpdates,
    limits::BatchLimits,
    part::BatchPart,
    polling::BatchPolling,
    provider::{BatchProvider, PartRequests},
    request::BatchRequest,
    status::{BatchCounts, BatchState, BatchStatus, PartStatus},
    submission::Submission,
};
