//! Views of a trace: output formats for people and for other programs.

mod markdown;
mod mermaid;
mod page;
mod perfetto;

pub use self::{
    markdown::TraceMarkdown,
    mermaid::TraceMermaid,
    page::{LivePage, TracePage},
    perfetto::TracePerfetto,
};
