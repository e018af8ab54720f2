//! What is sent, and how answers are read.

mod answers;
mod chat_requests;
mod events;
mod fixtures;
mod models;
mod response_requests;
mod round_trip;
mod schemas;
mod settings;
