//! The behaviour of the transport, by topic.

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
mod many_clients;
mod nestings;
mod odd;
mod permanent;
mod proxies;
mod recorder;
mod recordings;
mod reports;
mod requests;
mod reqwest_errors;
mod retries;
mod schemas;
mod scripted;
mod secrets;
mod timeouts;
