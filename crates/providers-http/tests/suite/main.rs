//! What the transport does, fault by fault.

mod chat;
mod dropping;
mod encodings;
mod errors;
mod faults;
mod fixtures;
mod frames;
mod hostile;
mod leaks;
mod recorder;
mod recordings;
mod requests;
mod retries;
mod scripted;
mod secrets;
mod timeouts;
