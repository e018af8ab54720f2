//! The page: a recording as one HTML file, which can also follow a running program.
//!
//! `README.md` in this folder describes the sources of the page and the format of its data.

mod assembly;
mod builder;
mod changes;
mod cursor;
mod live_findings;
mod live_page;
mod number;
mod page_data;
mod page_finding;
mod page_run;
mod payload_pool;
mod revisions;
mod script_text;

pub use self::{builder::TracePage, live_page::LivePage};
