//! What the transport does, fault by fault.

mod chat;
mod dropping;
#[cfg(feature = "gzip")]
mod encodings;
mod errors;
mod faults;
mod fixtures;
mod frames;
#[cfg(feature = "gzip")]
mod hostile;
#[cfg(feature = "gzip")]
mod leaks;
mod odd;
mod recorder;
mod recordings;
mod requests;
mod retries;
mod scripted;
mod secrets;
mod timeouts;
