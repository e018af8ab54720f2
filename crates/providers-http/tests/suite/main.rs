//! What the transport does, fault by fault.

mod chat;
mod dropping;
mod errors;
mod faults;
mod fixtures;
mod frames;
mod odd;
mod recordings;
mod requests;
mod retries;
mod scripted;
mod secrets;
mod timeouts;
