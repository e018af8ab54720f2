//! How futures and streams are polled: in turns, by a clock, from a shallow stack, without a panic.

pub(crate) mod caught_panic;
pub(crate) mod pace;
pub(crate) mod segment;
pub(crate) mod stopwatch;
