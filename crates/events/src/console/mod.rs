//! A run on the console, as a tree that grows while it happens.

mod forest;
mod line;
mod listener;
mod notes;

pub use self::listener::ConsoleTree;
