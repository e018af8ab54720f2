//! Conformance tests for chains of language models, through the public API.
//!
//! - `defects`: this library does not have the known defects of LangChain.
//! - `laws`: this library keeps the laws that other ports of LangChain's protocol to Rust break.
//! - `upstream`: this library does what LangChain's own tests require.
//!
//! `docs/conformance.md` maps each of these requirements to a test.

mod defects;
mod laws;
mod parts;
mod upstream;
