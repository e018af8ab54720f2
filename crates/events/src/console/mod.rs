//! A run on the console, as a tree that grows while it happens.

mod forest;
mod line;
mod listener;

pub use self::listener::ConsoleTree;
