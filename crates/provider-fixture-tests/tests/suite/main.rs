//! Cases that are replayed to a provider of these tests.

mod echo;
mod folder;
mod replays;
