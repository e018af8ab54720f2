//! Prompts, models and parsers as steps.

mod chain;
mod messages;
mod parrot;
mod shape;
mod templates;
