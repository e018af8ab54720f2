//! Embedding models, which convert texts to vectors so that their meanings can be compared.

mod embedding_model;
mod provider;
mod similar_examples;

pub use self::{
    embedding_model::EmbeddingModel,
    provider::{Embedding, EmbeddingProvider},
    similar_examples::SimilarExamples,
};
