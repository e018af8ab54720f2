//! How chains run, read as scripts. Nothing sleeps: time is paused, and streams are driven by hand.

mod args;
mod batches;
mod beginnings;
#[cfg(feature = "blocking")]
mod blocking;
mod budgets;
mod cancelling;
mod chains;
mod clocks;
mod combinators;
mod configurable;
mod depths;
mod derive;
mod errors;
mod fields;
mod graphs;
mod interests;
mod law;
mod limits;
mod listeners;
mod maps;
mod merging;
mod panics;
mod recorder;
mod resources;
mod runs;
mod runs_in_tasks;
mod sequences;
mod shape;
mod side_by_side;
mod std_values;
mod streamed_functions;
mod turns;
mod words;
