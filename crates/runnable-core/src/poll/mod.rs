//! Ways to poll futures and streams: with little use of the stack, with pauses for other tasks,
//! with a clock, and with panics converted to errors.

pub(crate) mod caught_panic;
pub(crate) mod pace;
pub(crate) mod segment;
pub(crate) mod stopwatch;
