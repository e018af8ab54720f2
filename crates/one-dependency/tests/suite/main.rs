//! What a crate needs that depends on `runnable` alone.

mod derived;
mod macros;
mod programs;
