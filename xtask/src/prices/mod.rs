//! Generates the prices of models from the Python package `genai-prices`, and the costs with which
//! the test of `runnable-chat` compares its own.
//!
//! To update the prices, change the version in `xtask/prices/requirements.txt`.

mod environment;
mod write;

pub(crate) use write::write;
