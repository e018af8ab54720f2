//! The parts of this crate that are not re-exports: models by name, and the prelude.

mod configurable;
mod front_page;
mod names;
#[cfg(all(feature = "anthropic", feature = "http", feature = "openai"))]
mod schemas;
