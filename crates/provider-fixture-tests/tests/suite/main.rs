//! Cases that are replayed to a provider of the tests' own.

mod echo;
mod folder;
mod replays;
