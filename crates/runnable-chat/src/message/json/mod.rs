//! Messages as JSON.

mod read;
mod write;
