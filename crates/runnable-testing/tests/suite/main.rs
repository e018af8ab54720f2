//! Tests of the scripted models, the recorder, and the comparison with golden traces.

mod answers;
mod every_model;
mod golden;
mod recorder;
mod recordings;
mod shape;
