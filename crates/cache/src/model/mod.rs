//! The models of each kind with a cache.

mod chat;
mod embeddings;
mod text;

pub(crate) use self::{chat::CachedChat, embeddings::CachedEmbeddings, text::CachedText};
