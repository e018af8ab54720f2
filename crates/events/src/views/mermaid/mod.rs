//! A trace as a Mermaid sequence diagram.

mod diagram;
mod escape;
mod message;

pub use self::diagram::TraceMermaid;
