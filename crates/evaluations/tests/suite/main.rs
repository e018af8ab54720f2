//! Tests of evaluations.

mod comparisons;
mod intervals;
mod judging;
mod resuming;
mod runs;
mod scorers;
