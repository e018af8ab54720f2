//! The structure of a chain, as a tree, a flowchart or JSON.

mod mermaid;
mod structure;
mod text;

pub use self::structure::{Graph, Structure};
