//! Requirements of the tests of langchain-core 1.8.1 that no other test of this library covers.

mod batches;
mod chains;
mod configuration;
mod events;
mod graphs;
mod models;
mod steps;
mod tools;
