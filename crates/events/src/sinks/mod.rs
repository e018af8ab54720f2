//! Sinks: they store the events of a recorder. Each sink has its own thread.

mod channel;
mod destination;
mod event_buffer;
mod json_lines;
mod line_writer;
mod rotating_file;
mod sink;
mod sink_options;
mod sink_report;
mod sink_thread;

pub(crate) use self::sink_thread::SinkThread;
pub use self::{
    json_lines::JsonLines,
    sink::Sink,
    sink_options::{Overflow, SinkOptions},
    sink_report::SinkReport,
};
