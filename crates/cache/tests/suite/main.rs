//! Tests of caches of answers.

#[cfg(feature = "moka")]
mod calling_steps;
#[cfg(feature = "redb")]
mod disk;
#[cfg(feature = "moka")]
mod embeddings;
#[cfg(feature = "moka")]
mod hand_driven;
#[cfg(feature = "moka")]
mod keeping;
#[cfg(feature = "moka")]
mod keys;
#[cfg(feature = "moka")]
mod laws;
#[cfg(feature = "moka")]
mod limits;
#[cfg(feature = "moka")]
mod programs;
#[cfg(feature = "moka")]
mod same_time;
#[cfg(feature = "moka")]
mod usage;
