//! The structure of a chain, and pictures of it.

mod mermaid;
mod structure;
mod text;

pub use self::structure::{Graph, Structure};
