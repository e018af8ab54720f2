//! Tests of prompts, models, parsers, tools and messages.

mod batch_api;
mod batch_service;
mod chain;
mod contents;
mod cuts;
mod embeddings;
mod fstrings;
#[cfg(feature = "jinja")]
mod jinja;
mod json;
mod json_partial;
mod message_chunks;
mod messages;
mod metered_model;
mod meters;
mod order;
mod parrot;
mod parser_wrappers;
mod parsers;
mod prices;
mod prompt_parts;
#[cfg(feature = "regex")]
mod regex;
mod retrievers;
mod shape;
mod spending_limits;
mod structured;
#[cfg(feature = "templates")]
mod template_files;
mod templates;
mod text_parsers;
mod tools;
