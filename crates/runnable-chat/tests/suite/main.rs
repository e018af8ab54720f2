//! Prompts, models and parsers as steps.

mod chain;
mod json;
mod message_chunks;
mod messages;
mod parrot;
mod shape;
mod templates;
