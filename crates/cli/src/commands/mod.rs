//! The commands, one per file.

mod completions;
mod diff;
mod dispatch;
mod findings;
mod follow;
mod job;
mod markdown;
mod mermaid;
mod page;
mod perfetto;
mod run;
mod show;
mod stats;

pub(crate) use self::dispatch::run;
