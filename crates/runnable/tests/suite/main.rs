//! The parts of this crate that are not re-exports: models by name, and the prelude; and chains that
//! combine steps of all crates.

#[cfg(all(feature = "cache", feature = "moka", feature = "rate-limit", feature = "testing"))]
mod cache_and_limiter;
mod configurable;
mod front_page;
#[cfg(all(
    feature = "agents",
    feature = "cache",
    feature = "conversations",
    feature = "moka",
    feature = "rate-limit",
    feature = "testing"
))]
mod mixed_trees;
mod names;
#[cfg(all(feature = "anthropic", feature = "http", feature = "openai"))]
mod schemas;
