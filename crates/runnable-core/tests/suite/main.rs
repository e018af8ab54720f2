//! How chains run, read as scripts. Nothing sleeps: time is paused, and streams are driven by hand.

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
mod left_alone;
mod limits;
mod limits_within_limits;
mod listeners;
mod maps;
mod meter;
mod programs;
mod recorder;
mod runs;
mod sequences;
mod shape;
mod words;
