//! Tests of prompts, models, parsers, tools and messages.

mod chain;
mod contents;
mod embeddings;
mod json;
mod message_chunks;
mod messages;
mod metered_model;
mod meters;
mod order;
mod parrot;
mod parsers;
mod prices;
mod retrievers;
mod shape;
mod spending_limits;
mod structured;
mod templates;
mod tools;
