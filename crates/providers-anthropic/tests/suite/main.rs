//! Requests and responses of the Messages API.

mod answers;
mod batch_service;
mod batches;
mod builder;
mod conversation;
mod faults;
mod hostile;
mod many_models;
mod odd;
mod options;
mod provider;
mod retries;
mod sending;
mod service;
mod thinking;
mod tools;
mod wire;
