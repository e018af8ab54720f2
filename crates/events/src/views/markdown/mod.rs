//! A trace as Markdown, to be read by a person or a model.

mod code;
mod document;
mod export;
mod sections;
mod steps;
mod value;

pub use self::export::TraceMarkdown;
