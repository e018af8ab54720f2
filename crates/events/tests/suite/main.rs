//! What one sees of a run.

mod console;
mod shape;
mod stream;
