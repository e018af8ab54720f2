//! One test for each law that ports of the protocol to Rust were found to break. What the core holds
//! of steps in general is held here of whole chains with a model.

mod batching;
mod failing;
mod streaming;
mod watching;
