//! The models of each kind with a rate limiter.

mod chat;
mod embeddings;
mod text;

pub(crate) use self::{chat::LimitedChat, embeddings::LimitedEmbeddings, text::LimitedText};
