//! Views of a trace: formats in which other programs and people read it.

mod markdown;
mod mermaid;
mod page;
mod perfetto;

pub use self::{
    markdown::TraceMarkdown, mermaid::TraceMermaid, page::TracePage, perfetto::TracePerfetto,
};
