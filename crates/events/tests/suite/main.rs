//! What one sees of a run.

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
