//! How chains run, read as scripts. Nothing sleeps: time is paused, and streams are driven by hand.

mod args;
mod batches;
#[cfg(feature = "blocking")]
mod blocking;
mod budgets;
mod cancelling;
mod chains;
mod combinators;
mod configurable;
mod derive;
mod errors;
mod fields;
mod graphs;
mod law;
mod limits;
mod listeners;
mod maps;
mod recorder;
mod resources;
mod runs;
mod sequences;
mod shape;
mod std_values;
mod streamed_functions;
mod words;
