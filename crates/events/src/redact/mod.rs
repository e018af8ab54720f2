//! Redaction: secrets are removed from events before anything is written.

mod base64;
mod call_redaction;
mod chunk_tails;
mod content;
mod environment;
mod event_pass;
mod field_name;
mod field_path;
mod label;
mod redaction;
mod redaction_builder;
mod rules;
mod run_key;
mod scan;
mod walk;

pub use self::{
    call_redaction::CallRedaction, content::Content, redaction::Redaction,
    redaction_builder::RedactionBuilder,
};
