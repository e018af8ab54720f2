//! What is sent to a service, and how its responses are read.

mod answers;
mod chat_events;
mod chat_messages;
mod chat_requests;
mod chat_tokens;
mod dropping;
mod embeddings_and_lists;
mod falling_back;
mod faults;
mod hostile;
mod leaks;
mod many_models;
mod odd_answers;
mod odd_calls;
mod replies;
mod reports;
mod request_keys;
mod response_events;
mod response_requests;
mod retries;
mod round_trip;
mod schemas;
mod sending;
mod services;
mod settings;
mod written;
