//! What the transport does, fault by fault.

mod chat;
mod dropping;
mod errors;
mod faults;
mod fixtures;
mod frames;
mod recordings;
mod requests;
mod retries;
mod schemas;
mod scripted;
mod secrets;
mod timeouts;
