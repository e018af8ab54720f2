//! What the transport does, fault by fault.

mod chat;
mod dropping;
mod errors;
mod faults;
mod fixtures;
mod frames;
mod many_clients;
mod nestings;
mod permanent;
mod proxies;
mod recordings;
mod requests;
mod reqwest_errors;
mod retries;
mod schemas;
mod scripted;
mod secrets;
mod timeouts;
