//! Prints runs as a tree: the runs of a call on the console, and the runs of a trace as text.

mod closing;
mod detail;
mod environment;
mod finding_lines;
mod forest;
mod layout;
mod listener;
mod live_findings;
mod notes;
mod printer;
mod region;
mod style;
mod tally;
mod ticker;
mod trace_tree;

pub use self::{listener::ConsoleTree, trace_tree::TraceTree};
