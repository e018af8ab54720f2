//! The page: a recording as one HTML file.
//!
//! `README.md` in this folder describes the sources of the page and the format of its data.

mod assembly;
mod builder;
mod number;
mod page_data;
mod page_finding;
mod page_run;
mod payload_pool;
mod script_text;

pub use self::builder::TracePage;
