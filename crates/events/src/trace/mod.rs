//! Traces: the runs of calls as a tree, built from recorded events.

mod add_event;
mod chunk;
mod critical_path;
mod http_exchange;
mod interner;
mod model_details;
mod occurrence;
mod run;
mod run_index;
mod run_state;
mod sequence_gaps;
pub(crate) mod time_shares;
#[expect(clippy::module_inception, reason = "the file has the name of its type")]
mod trace;
mod tree_cost;
mod tree_usage;

pub(crate) use self::interner::json_of;
pub use self::{
    chunk::{ChunkGaps, TraceChunk},
    critical_path::PathSegment,
    http_exchange::HttpExchange,
    occurrence::{Occurrence, TraceFallback, TraceRetry, TraceWait},
    run::TraceRun,
    run_state::RunState,
    trace::Trace,
    tree_cost::TreeCost,
    tree_usage::TreeUsage,
};
