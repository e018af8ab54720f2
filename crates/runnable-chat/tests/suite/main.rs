//! Tests of prompts, models, parsers, tools and messages.

mod chain;
mod contents;
mod embeddings;
mod json;
mod message_chunks;
mod messages;
mod order;
mod parrot;
mod parsers;
mod retrievers;
mod shape;
mod structured;
mod templates;
mod tools;
