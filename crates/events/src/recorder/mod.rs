//! The recorder: a listener that redacts events, numbers them, and passes them to sinks.

mod hub;
mod listener;
mod recorder_builder;
mod report;

pub use self::{listener::Recorder, recorder_builder::RecorderBuilder, report::RecorderReport};
