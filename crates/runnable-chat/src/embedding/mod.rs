//! Embedding models: what turns texts into vectors, so that likeness of meaning can be measured.

mod embedding_model;
mod provider;

pub use self::{
    embedding_model::EmbeddingModel,
    provider::{Embedding, EmbeddingProvider},
};
