//! The tests of a crate that depends only on `runnable`.

mod common_imports;
mod derived;
mod macros;
mod names;
mod programs;
