//! One test for each law that other ports of the protocol to Rust break. The tests of runnable-core
//! check the laws for single steps; these tests check them for complete chains with a model.

mod batching;
mod failing;
mod streaming;
mod watching;
