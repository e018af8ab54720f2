//! Embedding models, which convert texts to vectors so that their meanings can be compared.

mod embedding_model;
mod provider;

pub use self::{
    embedding_model::EmbeddingModel,
    provider::{Embedding, EmbeddingProvider},
};
