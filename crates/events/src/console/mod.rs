//! Prints the runs of a call on the console as a tree, and formats the runs of a trace as the same
//! tree.

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
