//! Tests of rate limits.

mod clocked_model;
mod fairness;
mod laws;
mod limits;
mod service;
mod steps;
mod waits;
