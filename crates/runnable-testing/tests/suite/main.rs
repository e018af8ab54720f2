//! Scripted models, the recorder, and the comparison with golden traces.

mod answers;
mod golden;
mod recorder;
mod shape;
