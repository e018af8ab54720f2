//! Findings: problems of the runs of a trace. Each rule is in its own file.

mod amount;
mod analysis;
mod blocked_thread;
mod cut_answer;
mod fallback_taken;
mod finding;
mod finding_code;
mod finding_options;
mod findings_in;
mod grouping;
mod lost_events;
mod repeated_prompt;
mod retries;
mod slow_step;
mod stalled_stream;
mod stopped_stream;
mod tool_call;
mod trace_findings;
mod unused_answer;
mod waits;
mod wasted_answer;
mod wrong_branch;

pub use self::{
    finding::{Finding, FindingLevel, FoundRun},
    finding_code::FindingCode,
    finding_options::FindingOptions,
};
