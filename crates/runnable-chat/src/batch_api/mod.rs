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

pub use crate::model::batches::{
    Batch, BatchAnswer, BatchApi, BatchCounts, BatchError, BatchId, BatchLimits, BatchPart,
    BatchPolling, BatchProvider, BatchRequest, BatchResults, BatchState, BatchStatus, BatchUpdates,
    PartRequests, PartStatus, Submission,
};
