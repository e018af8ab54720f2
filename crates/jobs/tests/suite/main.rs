//! Tests of jobs.

mod basics;
