//! The spans and metrics of chains, read back from an exporter in memory.

mod content;
mod current;
mod ends;
mod exported;
mod golden;
mod headers;
mod metrics;
mod models;
mod parents;
mod secrets;
