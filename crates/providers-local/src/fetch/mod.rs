//! Finds the model file: the file that the user names, the file in the cache, or a download.

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
