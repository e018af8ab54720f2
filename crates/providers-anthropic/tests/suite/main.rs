//! Everything that the API can be asked, and everything that it answers.

mod answers;
mod builder;
mod conversation;
mod faults;
mod hostile;
mod odd;
mod options;
mod provider;
mod retries;
mod sending;
mod service;
mod thinking;
mod tools;
mod wire;
