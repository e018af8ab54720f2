//! Finds the model file: a file that the user names, or the default model, which is downloaded into
//! a cache.

mod asset;
mod cache;
mod failure;
mod hub;
mod progress;
mod sources;
#[cfg(test)]
mod tests;
mod wheel;

pub(crate) use self::sources::{locate, wanted};
