//! What the tests of langchain-core 1.8.1 ask for, as far as no other test of ours does.

mod batches;
mod chains;
mod configuration;
mod events;
mod graphs;
mod models;
mod steps;
mod tools;
