//! The models of each kind with a rate limiter.

mod chat;
mod embeddings;
mod reported_usage;
mod text;

pub(crate) use self::{chat::LimitedChat, embeddings::LimitedEmbeddings, text::LimitedText};
