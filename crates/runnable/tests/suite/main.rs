//! What the crate adds to those that it holds together: models by name, and the prelude.

mod configurable;
mod front_page;
mod names;
#[cfg(all(feature = "anthropic", feature = "http", feature = "openai"))]
mod schemas;
