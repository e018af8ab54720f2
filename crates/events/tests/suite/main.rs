//! Tests of event streams, of their JSON, of the console output, of recordings and their replay,
//! and of the debugger.

mod console;
mod console_values;
mod debugger;
mod event_log;
mod filters;
mod findings;
mod golden;
mod in_memory;
mod interests;
mod laws;
mod live_page;
mod markdown;
mod mermaid;
mod order;
mod page;
mod page_data;
mod perfetto;
mod planted_bugs;
mod random_log;
mod record;
mod recording_diff;
mod redact;
mod replay;
mod retries;
mod scenes;
mod screen;
mod shape;
mod sinks;
mod stream;
mod tasks;
mod trace;
mod trace_laws;
mod trace_tree;
mod typed;
mod v2;
