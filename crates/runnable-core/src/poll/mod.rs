//! Ways to poll futures and streams: with little use of the stack, with pauses for other tasks,
//! with a clock, with a measurement of the thread's time, and with panics converted to errors. Also
//! the cause for which they are dropped.

pub(crate) mod blocking;
pub(crate) mod cancelling;
pub(crate) mod caught_panic;
pub(crate) mod pace;
pub(crate) mod paced;
mod processor_wait;
pub(crate) mod segment;
pub(crate) mod stopwatch;
