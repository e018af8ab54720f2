//! A trace in the format of Chrome's trace events, which Perfetto displays.

mod entry;
mod event;
mod export;

pub use self::export::TracePerfetto;
