//! Prints the runs of a call as a tree on the console.

mod forest;
mod line;
mod listener;
mod notes;

pub use self::listener::ConsoleTree;
