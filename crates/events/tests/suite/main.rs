//! Tests of event streams, of their JSON, and of the console output.

mod console;
mod filters;
mod interests;
mod order;
mod retries;
mod shape;
mod stream;
mod tasks;
mod typed;
mod v2;
