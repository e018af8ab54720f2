//! Batch APIs of services: many requests at once, answered within a day, at about half the price.
//!
//! A service that has a Batch API takes a list of requests, answers them when it has time, and
//! keeps the answers until they are fetched. [`ChatModel::batch_api`](crate::ChatModel::batch_api)
//! returns the [`BatchApi`] of a model, which splits any number of requests into parts that the
//! service accepts, uploads the parts, waits for them, and yields one result for each request.
//!
//! The [`BatchId`] of a batch can be stored. After a restart of the program,
//! [`BatchApi::resume`] continues with the batch.
//!
//! Providers implement [`BatchProvider`].

mod answer;
mod api;
mod batch;
mod batch_error;
mod batch_id;
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
mod wire_id;

pub use self::{
    answer::BatchAnswer,
    api::BatchApi,
    batch::Batch,
    batch_error::BatchError,
    batch_id::BatchId,
    limits::BatchLimits,
    part::BatchPart,
    polling::BatchPolling,
    provider::{BatchProvider, PartRequests},
    request::BatchRequest,
    status::{BatchCounts, BatchState, BatchStatus, PartStatus},
    submission::Submission,
};
