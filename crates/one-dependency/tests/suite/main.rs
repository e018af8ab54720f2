//! A crate that depends only on `runnable`.

mod derived;
mod macros;
mod names;
mod programs;
