//! What one sees of a run.

mod console;
mod filters;
mod shape;
mod stream;
mod tasks;
mod typed;
mod v2;
