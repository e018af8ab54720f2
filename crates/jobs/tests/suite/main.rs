//! Tests of jobs.

mod basics;
mod batch_queue;
mod batch_service;
